// What a client may be excused from and be given by its registration or its dialect: PKCE (OAuth 2.1 §7.5.1), refresh tokens
// (OpenID Connect Core 1.0 §11), and where native apps are answered (RFC 8252 §7).

import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeClient, registerClient } from '../../packages/server/src/admin/clients.ts';
import { findConsent } from '../../packages/server/src/store/tables/consents.ts';
import { newClient } from '../support/registration.ts';
import { startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';
import { createApp, type Form, lastReason } from './app.ts';

const given = {
  always: 'always',
  scoped: { scope: 'write' },
  asked: { parameter: 'access_type', value: 'offline' },
} as const;

let server: TestServer;
let user: TestUser;
beforeAll(async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialect-'));
  const own = await Promise.all(
    Object.entries(given).map(async ([name, given]) => {
      const file = join(folder.path, `${name}.json`);
      await writeFile(file, JSON.stringify({ name, extends: 'standard', refresh_token: { given } }));
      return { file, issuer: { name, location: `/${name}`, dialect: name } };
    }),
  );
  server = await startTestServer({
    dialects: own.map(({ file }) => file),
    issuers: [...threeIssuers, ...own.map(({ issuer }) => issuer)],
  });
  user = await createTestUser(server);
});
afterAll(() => server.close());

const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

describe('PKCE', () => {
  const excused = { require_pkce: false };
  const cases: [what: string, issuer: string, require_pkce: boolean | null, request: Form, ok: boolean][] = [
    ['is required', 'standard', null, { nonce: 'n', scope: 'openid' }, false],
    [
      'may be left out with a nonce',
      'standard',
      false,
      { nonce: 'n', state: undefined, scope: 'openid' },
      true,
    ],
    ['may be left out with a state', 'standard', false, {}, true],
    ['may not be left out with neither', 'standard', false, { state: undefined }, false],
    ['may not be left out with an empty nonce', 'standard', false, { state: undefined, nonce: '' }, false],
    ['may not be left out by half', 'standard', false, { code_challenge_method: 'S256' }, false],
    ['is not required where the dialect says so', 'trelica', null, { state: undefined }, true],
    ['is required where the client says so', 'trelica', true, {}, false],
  ];
  test.each(cases)('%s', async (_what, issuer, require_pkce, request, ok) => {
    const app = await createApp(server, issuer, { require_pkce });
    const asked = { ...withoutPkce, ...request };
    if (ok) {
      const code = await app.code(new UserAgent(), user, asked);
      expect(await app.redeem(code, { code_verifier: undefined })).toMatchObject({ status: 200 });
      // RFC 9700 §4.8.2: the mark of a downgrade.
      const second = await app.code(new UserAgent(), user, asked);
      expect((await app.redeem(second)).error).toBe('invalid_grant');
    } else {
      const { location = '' } = await new UserAgent().get(app.url(asked));
      expect(new URL(location).searchParams.get('error')).toBe('invalid_request');
      expect(lastReason(server)).toBe('code_challenge_missing');
    }
    const code = await app.code(new UserAgent(), user);
    expect((await app.redeem(code, { code_verifier: undefined })).error).toBe('invalid_grant');
  });

  test('is not to be left out by a public client, neither new nor changed', async () => {
    const { admin } = server.instance;
    const refused = { code: 'invalid', field: 'require_pkce' };
    const registration = newClient({ public: true, ...excused });
    await expect(registerClient(admin, 'standard', registration)).rejects.toMatchObject(refused);
    const { client_id } = await server.register('standard', { public: true });
    await expect(changeClient(admin, 'standard', client_id, excused)).rejects.toMatchObject(refused);
    expect(await changeClient(admin, 'standard', client_id, { owner: 'x' })).toMatchObject({
      require_pkce: null,
    });
  });
});

describe('refresh tokens without offline_access', () => {
  const scope = ['read', 'write'];
  const keep = 'Keep access while you are away';
  type Case = [
    what: string,
    issuer: string,
    client: 'always' | 'offline_access' | null,
    request: Form,
    ok: boolean,
  ];
  const cases: Case[] = [
    ['of a client that has them always', 'standard', 'always', {}, true],
    ['of any other', 'standard', null, {}, false],
    ['of a dialect that gives them always', 'always', null, {}, true],
    ['of a client without, in that dialect', 'always', 'offline_access', {}, false],
    ['by a scope', 'scoped', null, { scope: 'read write' }, true],
    ['without that scope', 'scoped', null, { scope: 'read' }, false],
    ['by a parameter', 'asked', null, { access_type: 'offline' }, true],
    ['by another value of it', 'asked', null, { access_type: 'online' }, false],
  ];
  test.each(cases)('%s: the user is told, and they are given', async (_what, issuer, client, request, ok) => {
    const app = await createApp(server, issuer, { scope, refresh_token_given: client });
    const agent = new UserAgent();
    const asked = { scope: 'read', ...request };
    const page = await agent.signIn(await agent.follow(await agent.get(app.url(asked))), user);
    expect(page.text.includes(keep)).toBe(ok);
    const { location = '' } = await agent.decide(page, 'allow');
    const code = new URL(location).searchParams.get('code') ?? '';
    const tokens = await app.redeem(code);
    expect([typeof tokens.refresh_token, tokens.scope]).toEqual([ok ? 'string' : 'undefined', asked.scope]);
    if (ok)
      expect(await app.refresh(tokens.refresh_token)).toMatchObject({ status: 200, scope: asked.scope });
    const consent = await findConsent(server.instance.store.db, user.id, issuer, app.client_id);
    expect(consent?.includes('offline_access')).toBe(ok);
  });

  test('are a new question to a user who has allowed the rest before', async () => {
    const app = await createApp(server, 'standard', { scope });
    const agent = new UserAgent();
    await app.code(agent, user, { scope: 'read' });
    await changeClient(server.instance.admin, 'standard', app.client_id, { refresh_token_given: 'always' });
    const page = await agent.get(app.url({ scope: 'read' }));
    expect(page.text).toContain(keep);
    const silent = await agent.get(app.url({ scope: 'read', prompt: 'none' }));
    expect(silent.location).toContain('error=consent_required');
  });

  test('are not given to a client without that grant type', async () => {
    const grant_types = ['authorization_code'];
    const app = await createApp(server, 'always', { scope, grant_types });
    const tokens = await app.redeem(await app.code(new UserAgent(), user, { scope: 'read' }));
    expect(tokens).toMatchObject({ status: 200, scope: 'read' });
    expect(tokens.refresh_token).toBeUndefined();
  });
});

describe('a redirect URI', () => {
  const good = [
    'https://app.example/callback?tenant=1',
    'http://localhost/callback',
    'http://localhost:3000/callback',
    'com.example.app:/callback',
    'com.example.app://callback',
    'cursor://anysphere.cursor-retrieval/oauth/callback',
    'vscode://publisher.extension/callback',
    'myapp:/callback',
  ];
  test.each(good)('may be %s', async (uri) => {
    const app = await createApp(server, 'standard', { public: true, redirect_uris: [uri] });
    const { headers } = await new UserAgent().get(app.url({ redirect_uri: uri, prompt: 'none' }));
    expect(headers.get('location')?.startsWith(uri)).toBe(true);
  });

  const bad: [uri: string, expected: RegExp][] = [
    ['https://*.app.example/callback', /without \*/],
    ['http://*.localhost/callback', /without \*/],
    ['https://app.example/callback?code=1', /without code/],
    ['https://app.example/callback?a=1&state=x', /without state/],
    ['https://app.example/?iss=x', /without iss/],
    ['ms-msdt:/id', /scheme of an app/],
    ['search-ms:/x', /scheme of an app/],
    ['mailto:/x', /scheme of an app/],
    ['ssh://host', /scheme of an app/],
    ['https://app.example/?error', /without error/],
    ['https://app.example/?%63ode=1', /without code/],
    ['https://app.example', /https:\/\/app\.example\/,/],
    ['https://APP.example/callback', /https:\/\/app\.example\/callback/],
    ['https://app.example:443/callback', /https:\/\/app\.example\/callback/],
    ['https://app.example/a/../callback', /https:\/\/app\.example\/callback/],
    ['https://app.example\\callback', /https:\/\/app\.example\/callback/],
    ['https:/app.example/callback', /https:\/\/app\.example\/callback/],
    ['http://127.1/callback', /loopback/],
    ['javascript://app.example/%0aalert(1)', /a scheme of an app/],
    ['javascript:alert(1)', /a scheme of an app/],
    ['data://x/y', /a scheme of an app/],
    ['file:///etc/passwd', /a scheme of an app/],
    ['chrome-extension://abc/callback', /a scheme of an app/],
    ['ws://app.example/', /a scheme of an app/],
    ['mailto:ann@example.com', /a scheme of an app/],
    ['myapp:callback', /a scheme of an app/],
    ['http://app.example/callback', /loopback/],
  ];
  test.each(bad)('may not be %s', async (uri, expected) => {
    const registration = newClient({ public: true, redirect_uris: [uri] });
    const refused = registerClient(server.instance.admin, 'standard', registration);
    await expect(refused).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(expected),
    });
  });
});

test('a public app on the device is told why its user is always asked', async () => {
  const redirect_uris = ['http://localhost:3000/callback'];
  const app = await createApp(server, 'standard', { public: true, redirect_uris });
  const agent = new UserAgent();
  const describe = async () => {
    const { location = '' } = await agent.get(app.url({ prompt: 'none' }));
    return new URL(location).searchParams.get('error_description');
  };
  await app.code(agent, user);
  expect(await describe()).toMatch(/asked each time .* https redirect URI/);
});
