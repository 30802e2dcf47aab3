// Answers to authorization requests (RFC 6749 §4.1.2, RFC 9207), however they are sent, and what the tokens say of
// the request (RFC 8707, OpenID Connect Core 1.0 §3.1.2.1).

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issuerOf } from '../support/endpoints.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  authorize,
  createTestUser,
  formOf,
  headingOf,
  type TestUser,
  UserAgent,
} from '../support/user-agent.ts';
import { type App, callback, createApp, type Form } from './app.ts';

let server: TestServer;
let app: App;
let user: TestUser;
const agent = new UserAgent();

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, 'standard');
  user = await createTestUser(server);
  await app.code(agent, user);
});
afterAll(() => server.close());

describe('the answer', () => {
  const iss = () => issuerOf(server, 'standard').issuer;

  test.for(['query', 'fragment'] as const)('in the %s', async (response_mode) => {
    const [part, other] =
      response_mode === 'query' ? (['search', 'hash'] as const) : (['hash', 'search'] as const);
    for (const [scope, what] of [
      ['read', 'code'],
      ['fly', 'error'],
    ] as const) {
      const answer = await authorize(agent, app.url({ response_mode, scope }), user);
      expect(answer[other]).toBe('');
      const parameters = new URLSearchParams(answer[part].slice(1));
      expect([...parameters.keys()].filter((name) => name !== 'error_description')).toEqual([
        what,
        'state',
        'iss',
      ]);
    }
  });

  test('as a form, which no rule of the page keeps from the app', async () => {
    const page = await agent.get(app.url({ response_mode: 'form_post', state: '"><script>' }));
    // Browsers hold the redirects of the app itself to form-action, too (CSP Level 3 §6.4.2).
    expect(page.headers.get('content-security-policy')).not.toContain('form-action');
    const { action, fields } = formOf(page);
    expect(action).toBe(callback);
    expect(fields).toEqual({ code: expect.stringMatching(/^[\w-]{64}$/), state: '"><script>', iss: iss() });
    expect(page.text).not.toContain('"><script>');
    expect((await app.redeem(fields.code ?? '')).status).toBe(200);
  });

  test('as a form where it is an error, too', async () => {
    const { fields } = formOf(await agent.get(app.url({ response_mode: 'form_post', scope: 'fly' })));
    expect(fields).toMatchObject({ error: 'invalid_scope', state: 'a state', iss: iss() });
  });

  test('keeps the query that the redirect URI has', async () => {
    const redirect_uri = 'https://app.example/callback?tenant=a%20b';
    const other = await createApp(server, 'standard', { redirect_uris: [redirect_uri] });
    const { href } = await authorize(agent, other.url(), user);
    expect(href).toMatch(new RegExp(`^${RegExp.escape(redirect_uri)}&code=[\\w-]{64}&state=a\\+state&iss=`));
  });

  test.for([
    ['of one letter', 'x'],
    ['that looks like parameters', 'a=b&c=d#e%20'],
    ['beyond ASCII', 'ä€😀'],
    ['of a blank', ' '],
    ['that is long', 's'.repeat(2000)],
  ] as const)('gives back a state %s', async ([, state]) => {
    expect((await authorize(agent, app.url({ state }), user)).searchParams.get('state')).toBe(state);
  });

  test('has no state where the request had none', async () => {
    const { searchParams } = await authorize(agent, app.url({ state: undefined }), user);
    expect([...searchParams.keys()]).toEqual(['code', 'iss']);
  });
});

describe('what the tokens then say', () => {
  const tokens = async (parameters: Form, form?: Form) =>
    app.redeem(await app.code(agent, user, parameters), form);

  test('the nonce, in the ID token alone, and none where there was none', async () => {
    const { id_token, access_token } = await tokens({ scope: 'openid', nonce: 'n-0 "é"' });
    expect(decodeJwt(id_token).nonce).toBe('n-0 "é"');
    expect(decodeJwt(access_token)).not.toHaveProperty('nonce');
    expect(decodeJwt((await tokens({ scope: 'openid' })).id_token)).not.toHaveProperty('nonce');
  });

  test('without a scope, all that the app has, but for what must be named', async () => {
    const { scope, id_token, refresh_token } = await tokens({ scope: undefined });
    expect(scope).toBe('read write profile email');
    expect([id_token, refresh_token]).toEqual([undefined, undefined]);
  });

  test('the resource that the authorization request named, or that of the token request within it', async () => {
    const [api, files] = ['https://api.example.com', 'https://files.example.com'];
    const audience = async (parameters: Form, form?: Form) =>
      decodeJwt((await tokens(parameters, form)).access_token).aud;
    expect(await audience({})).toBe(api);
    expect(await audience({ resource: files })).toBe(files);
    expect(await audience({}, { resource: files })).toBe(files);
    expect((await tokens({ resource: files }, { resource: api })).error).toBe('invalid_target');
    const unspent = await app.code(agent, user, { resource: files });
    expect((await app.redeem(unspent, { resource: api })).error).toBe('invalid_target');
    // What was refused has used nothing up.
    expect((await app.redeem(unspent, { resource: files })).status).toBe(200);
    const both = await authorize(
      agent,
      `${app.url({ resource: api })}&${new URLSearchParams({ resource: files })}`,
      user,
    );
    const code = both.searchParams.get('code') ?? '';
    const { access_token, refresh_token } = await app.redeem(code);
    expect(decodeJwt(access_token).aud).toEqual([api, files]);
    expect(decodeJwt((await app.refresh(refresh_token, { resource: files })).access_token).aud).toBe(files);
  });

  test('nothing of a parameter that nobody knows', async () => {
    expect((await tokens({ shoe_size: '43' })).status).toBe(200);
    expect(headingOf(await agent.get(app.url({ prompt: 'consent', shoe_size: '43' })))).toContain(
      'Test client',
    );
  });
});
