// The way of a user through the company's own page and back: when it is visited, and what comes of the answer (RFC 6749
// §4.1, OpenID Connect Core 1.0 §3.1.2).

import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, createApp } from '../../authorization/app.ts';
import { startTestServer, threeIssuers } from '../../support/server.ts';
import { didNothing, formOf, type Page, UserAgent } from '../../support/user-agent.ts';
import { answer, type PageServer, passThrough, readTicket, startPageServer, ticketOf } from './page.ts';

const commas = { name: 'commas', location: '/commas', dialect: 'commas' };
const ann = { subject: 'customer-1' };

let server: PageServer;
let app: App;
const dialect = join(tmpdir(), `tessera-commas-${process.pid}.yaml`);
beforeAll(async () => {
  await writeFile(dialect, "{ name: commas, extends: standard, scope: { delimiter: ',', accepts: [','] } }");
  const issuers = [...threeIssuers, commas];
  server = await startPageServer('https://www.example.com/sign-in', { issuers, dialects: [dialect] });
  app = await createApp(server, 'standard');
});
afterAll(async () => {
  await server.close();
  await rm(dialect);
});

const paramsOf = ({ location = '' }: Page) => Object.fromEntries(new URL(location).searchParams);
const now = () => Math.floor(Date.now() / 1000);

describe('what was allowed', () => {
  test.each<[issuer: string, asked: Record<string, string | undefined>]>([
    ['standard', { scope: 'read write offline_access' }],
    ['standard', { scope: undefined }],
    ['trelica', { scope: 'read write offline_access' }],
    ['commas', { scope: 'read,write,offline_access' }],
    ['commas', { scope: undefined }],
  ])('is all that the app gets, in %s, where it asks for %j', async (issuer, asked) => {
    const { url, redeem, refresh } = await createApp(server, issuer);
    const page = await passThrough(server, new UserAgent(), url(asked), { ...ann, scope: ['write', 'read'] });
    const tokens = await redeem(paramsOf(page).code ?? '');
    expect(tokens.scope.split(/[ ,]/).sort()).toEqual(['read', 'write']);
    expect(tokens.refresh_token).toBeUndefined();
    expect(await refresh('none')).toMatchObject({ status: 400 });
  });

  test('is remembered, and no more than that: what is left out is asked again', async () => {
    const [agent, { url }] = [new UserAgent(), await createApp(server, 'standard')];
    await passThrough(server, agent, url({ scope: 'read write' }), { ...ann, scope: ['read'] });
    expect(paramsOf(await agent.get(url({ scope: 'read' }))).code).toBeDefined();
    const { ask, request } = readTicket(await ticketOf(agent, url({ scope: 'read write' })));
    expect([ask, request.remembered]).toEqual(['consent', ['read']]);
  });
});

describe('the page is not visited', () => {
  test('with prompt=none: the app is told what is missing', async () => {
    const [agent, { url }] = [new UserAgent(), await createApp(server, 'standard')];
    const silent = async (scope: string) => paramsOf(await agent.get(url({ prompt: 'none', scope })));
    expect(await silent('read')).toMatchObject({ error: 'login_required', state: 'a state' });
    await passThrough(server, agent, url({ scope: 'read' }), ann);
    expect(await silent('read write')).toMatchObject({ error: 'consent_required', state: 'a state' });
    expect((await silent('read')).code).toBeDefined();
  });

  test('by a user of an app that is not registered so: a page of the server says so', async () => {
    const page = await new UserAgent().get(app.url({ redirect_uri: 'https://evil.example/' }));
    expect({ status: page.status, location: page.location }).toEqual({ status: 400, location: undefined });
  });
});

describe('a session', () => {
  const idToken = async (page: Page) => decodeJwt((await app.redeem(paramsOf(page).code ?? '')).id_token);

  test('says when and how the user signed in, as the page told it', async () => {
    const told = { ...ann, auth_time: now() - 200, amr: ['pwd', 'otp', 'mfa'] };
    const url = app.url({ scope: 'openid', max_age: '300' });
    const { sub, auth_time, amr, acr } = await idToken(await passThrough(server, new UserAgent(), url, told));
    expect({ sub, auth_time, amr, acr }).toEqual({
      sub: ann.subject,
      auth_time: told.auth_time,
      amr: told.amr,
      acr: 'urn:tessera:mfa',
    });
  });

  test('that the page calls new is new enough, however long the browser takes to come back', async () => {
    const told = { ...ann, auth_time: now() - 5 };
    const page = await passThrough(server, new UserAgent(), app.url({ scope: 'openid', max_age: '0' }), told);
    expect((await idToken(page)).auth_time).toBe(told.auth_time);
  });

  test('goes on where the user was only asked to consent, and is another for another user', async () => {
    const agent = new UserAgent();
    const signedIn = { ...ann, auth_time: now() - 500, amr: ['hwk'] };
    const first = await idToken(await passThrough(server, agent, app.url({ scope: 'openid' }), signedIn));
    const more = app.url({ scope: 'openid email', prompt: 'consent' });
    const second = await idToken(await passThrough(server, agent, more, ann));
    expect(second).toMatchObject({ sid: first.sid, auth_time: signedIn.auth_time, amr: ['hwk'] });
    const other = { subject: 'customer-2' };
    const third = await idToken(await passThrough(server, agent, more, other));
    expect(third.sub).toBe(other.subject);
    expect(third.sid).not.toBe(first.sid);
    expect(third.auth_time).toBeGreaterThan(now() - 10);
  });

  test('of another user than the one whom the app means: the app is told, nobody goes round', async () => {
    const url = app.url({ scope: 'openid' });
    const { id_token } = await app.redeem(
      paramsOf(await passThrough(server, new UserAgent(), url, ann)).code ?? '',
    );
    const hinted = app.url({ scope: 'openid', id_token_hint: id_token });
    const agent = new UserAgent();
    const answered = paramsOf(await passThrough(server, agent, hinted, { subject: 'customer-2' }));
    expect(answered).toMatchObject({ error: 'login_required', state: 'a state' });
    expect(paramsOf(await passThrough(server, agent, hinted, ann)).code).toBeDefined();
  });
});

test('a refusal goes to the app, and ends no session', async () => {
  const agent = new UserAgent();
  await passThrough(server, agent, app.url({ scope: 'read' }), ann);
  const ticket = await ticketOf(agent, app.url({ scope: 'read write', response_mode: 'form_post' }));
  const { redirect_to } = await answer(server, JSON.stringify({ ticket, error: 'access_denied' }));
  expect(formOf(await agent.get(redirect_to)).fields).toMatchObject({
    error: 'access_denied',
    state: 'a state',
  });
  expect(paramsOf(await agent.get(app.url({ scope: 'read', prompt: 'none' }))).code).toBeDefined();
});

test('a request that came as a form goes on as one that came as a link', async () => {
  const agent = new UserAgent();
  const { origin, pathname, searchParams } = new URL(app.url({ scope: 'read' }));
  const sent = await agent.post(origin + pathname, Object.fromEntries(searchParams));
  const page = await passThrough(server, agent, sent.location ?? '', ann);
  expect(paramsOf(page)).toMatchObject({ code: expect.any(String), state: 'a state' });
});

test('without login.url there is nothing to answer, and nothing to come back with', async () => {
  const plain = await startTestServer();
  const uri = `${plain.origin}/account/tickets`;
  const ticket = await ticketOf(new UserAgent(), app.url({ scope: 'read' }));
  expect(await answer(server, { ticket, ...ann, scope: ['read'] }, {}, uri)).toMatchObject({
    status: 404,
    error: 'not_found',
  });
  expect(didNothing(await new UserAgent().get(`${plain.origin}/account/resume?result=x`))).toBe(true);
  await plain.close();
});
