// Authorization requests (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1): how they come, what is refused, and to
// whom it is told.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeClient } from '../../packages/server/src/admin/clients.ts';
import { addScope } from '../../packages/server/src/admin/scopes.ts';
import { issuerOf } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type Page, type TestUser, UserAgent } from '../support/user-agent.ts';
import { type App, callback, createApp, type Form, lastReason } from './app.ts';

let server: TestServer;
let app: App;
let user: TestUser;
/** Has signed in, and the user has allowed the app everything. */
const agent = new UserAgent();

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, 'standard');
  user = await createTestUser(server);
  await app.code(agent, user, { scope: app.client.scope.join(' ') });
});
afterAll(() => server.close());

const asQuery = (url: string): Record<string, string> => Object.fromEntries(new URL(url).searchParams);

/** What the app is told, which must be on its redirect URI, with its state and who says it (RFC 9207). */
function told({ status, location, headers }: Page): Record<string, string> {
  expect(status).toBe(303);
  expect(headers.get('cache-control')).toBe('no-store');
  const { state, iss, ...answer } = asQuery(location ?? '');
  expect(location?.split('?')[0]).toBe(callback);
  expect({ state, iss }).toEqual({ state: 'a state', iss: issuerOf(server, 'standard').issuer });
  return answer;
}

/** The user is told, on a page that leads nowhere and that no other page may frame. */
function expectPage(page: Page): void {
  expect(page.status).toBe(400);
  expect(page.location).toBeUndefined();
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(page.text).not.toMatch(/<form|https:\/\/app\.example/);
}

// OpenID Connect Core 1.0 §3.1.2.1: "Scope values used that are not understood by an implementation SHOULD be ignored."
describe('an OpenID request', () => {
  test.each([
    ['openid fly', 'openid'],
    ['fly openid profile urn:x:y', 'openid profile'],
    // Of OpenID Connect, and not this app's.
    ['openid phone address email', 'openid email'],
    ['openid "read"', 'openid'],
  ])('for %s is given %s, and says so', async (scope, given) => {
    const answer = await app.redeem(await app.code(agent, user, { scope }));
    expect([answer.scope, answer.id_token !== undefined]).toEqual([given, true]);
  });

  test('still may not name what an API here has and the app has not', async () => {
    await addScope(server.instance.admin, 'standard', { name: 'maintain' });
    await eventually(() => issuerOf(server, 'standard').scopes.includes('maintain'));
    expect(told(await agent.get(app.url({ scope: 'openid maintain' })))).toMatchObject({
      error: 'invalid_scope',
    });
  });

  test('of an app that is not registered for openid is none', async () => {
    const other = await createApp(server, 'standard', { scope: ['read'] });
    expect(told(await agent.get(other.url({ scope: 'openid read' })))).toMatchObject({
      error: 'invalid_scope',
    });
  });

  test('client_credentials keeps invalid_scope', async () => {
    const scope = 'openid fly';
    expect(await app.token({ grant_type: 'client_credentials', scope })).toMatchObject({
      error: 'invalid_scope',
    });
  });
});

describe('what the app is told', () => {
  const malformed = `${'A'.repeat(42)}=`;
  const noChallenge = { code_challenge: undefined, code_challenge_method: undefined };
  const unsupported = 'unsupported_response_type';
  type Case = [what: string, parameters: Form, reason: string, error?: string];
  const cases: Case[] = [
    ['no response_type', { response_type: undefined }, 'response_type_missing'],
    ['an empty response_type', { response_type: '' }, 'response_type_missing'],
    ['an unknown response_mode', { response_mode: 'web_message' }, 'response_mode_unknown'],
    ['a nonce without end', { nonce: 'n'.repeat(513) }, 'nonce_too_long'],
    ['an unknown prompt', { prompt: 'create' }, 'prompt_unknown'],
    ['prompt=none and more', { prompt: 'none login' }, 'prompt_none_and_more'],
    ['a max_age in words', { max_age: 'soon' }, 'max_age_malformed'],
    ['a max_age below zero', { max_age: '-1' }, 'max_age_malformed'],
    ['no challenge', noChallenge, 'code_challenge_missing'],
    ['a method without a challenge', { code_challenge: undefined }, 'code_challenge_missing'],
    ['a challenge without a method', { code_challenge_method: undefined }, 'code_challenge_method'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'code_challenge_method'],
    ['a malformed challenge', { code_challenge: malformed }, 'code_challenge_malformed'],
    ['the implicit grant', { response_type: 'token' }, 'response_type_unsupported', unsupported],
    ['a hybrid', { response_type: 'code id_token' }, 'response_type_unsupported', unsupported],
    ['a scope that nobody knows', { scope: 'read fly' }, 'scope_not_allowed', 'invalid_scope'],
    ['a scope that the app has not', { scope: 'read admin' }, 'scope_not_allowed', 'invalid_scope'],
    ['a scope with quotes', { scope: '"read"' }, 'scope_not_allowed', 'invalid_scope'],
    ['a resource elsewhere', { resource: 'https://b.example' }, 'resource_unknown', 'invalid_target'],
    ['a request object', { request: 'e30.e30.' }, 'request_present', 'request_not_supported'],
    [
      'a request by reference',
      { request_uri: 'https://app.example/r' },
      'request_uri_present',
      'request_uri_not_supported',
    ],
    ['a registration', { registration: '{}' }, 'registration_present', 'registration_not_supported'],
  ];
  beforeAll(() => server.register('standard', { scope: ['admin'] }));
  test.for(cases)('%s', async ([, parameters, reason, error = 'invalid_request']) => {
    const answer = told(await agent.get(app.url(parameters)));
    expect(answer).toEqual({
      error,
      error_description: expect.stringMatching(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/),
    });
    expect(lastReason(server)).toBe(reason);
  });

  const once =
    'response_type scope nonce prompt max_age login_hint ui_locales code_challenge code_challenge_method';
  test.for(once.split(' '))('%s twice', async (name) => {
    const url = new URL(app.url());
    const value = url.searchParams.get(name) ?? '1';
    url.searchParams.set(name, value);
    url.searchParams.append(name, value);
    expect(told(await agent.get(url)).error).toBe('invalid_request');
    expect(lastReason(server)).toBe('duplicate_parameter');
  });

  test('a method without a challenge, also where PKCE is left to the app', async () => {
    const other = await createApp(server, 'trelica');
    const page = await agent.get(other.url({ code_challenge: undefined }));
    expect(asQuery(page.location ?? '').error).toBe('invalid_request');
    expect(lastReason(server)).toBe('code_challenge_missing');
  });

  test('that it is registered for other grants', async () => {
    const grant_types = ['client_credentials'];
    const other = await createApp(server, 'standard', { grant_types });
    expect(told(await agent.get(other.url())).error).toBe('unauthorized_client');
  });
});

describe('what the user is told, and nobody else', () => {
  const unregistered = 'https://app.example/other';
  const cases: [what: string, parameters: Form, reason: string][] = [
    ['no client', { client_id: undefined }, 'client_id_missing'],
    ['an unknown client', { client_id: 'nobody' }, 'client_unknown'],
    ['a redirect_uri that is not registered', { redirect_uri: unregistered }, 'redirect_uri_unknown'],
    ['the same with prompt=none', { redirect_uri: unregistered, prompt: 'none' }, 'redirect_uri_unknown'],
    [
      'the same with another error',
      { redirect_uri: unregistered, response_type: 'x' },
      'redirect_uri_unknown',
    ],
  ];
  test.for(cases)('%s', async ([, parameters, reason]) => {
    expectPage(await agent.get(app.url(parameters)));
    expect(lastReason(server)).toBe(reason);
  });

  test.for(['client_id', 'redirect_uri', 'response_mode', 'state'])('%s twice', async (name) => {
    const value = new URL(app.url()).searchParams.get(name) ?? 'query';
    const twice = new URLSearchParams([
      [name, value],
      [name, value],
    ]);
    expectPage(await agent.get(`${app.url({ [name]: undefined })}&${twice}`));
    expect(lastReason(server)).toBe('duplicate_parameter');
  });

  test.for([
    ['broken encoding', '%E0%A4%A', 'encoding'],
    ['a NUL', '%00', 'nul_byte'],
  ] as const)('%s', async ([, value, reason]) => {
    expectPage(await agent.get(`${app.url()}&login_hint=${value}`));
    expect(lastReason(server)).toBe(reason);
  });

  test('an app that is disabled', async () => {
    const other = await createApp(server, 'standard');
    await changeClient(server.instance.admin, 'standard', other.client_id, { disabled: true });
    await expect.poll(async () => (await agent.get(other.url())).status).toBe(400);
    expectPage(await agent.get(other.url()));
  });
});

describe('by POST', () => {
  const endpoint = '/oauth2/authorize';
  const url = () => server.origin + endpoint;

  test('a browser that is signed in gets its code', async () => {
    expect(told(await agent.post(url(), asQuery(app.url())))).toEqual({ code: expect.any(String) });
  });

  test('a form of another site, which comes without cookies, is asked for again as a link', async () => {
    const other = new UserAgent();
    const page = await other.post(url(), asQuery(app.url()));
    expect(page.status).toBe(303);
    expect(asQuery(page.location ?? '')).toEqual(asQuery(app.url()));
    expect(new URL(page.location ?? '').pathname).toBe(endpoint);
    const allowed = await other.signIn(await other.follow(page), user);
    expect(told(allowed)).toEqual({ code: expect.any(String) });
  });

  test('what stands in the query is not read', async () => {
    expectPage(await agent.post(app.url(), { ui_locales: 'en' }));
    expect(lastReason(server)).toBe('client_id_missing');
  });

  test('nothing but a form is read', async () => {
    const json = { method: 'POST', body: JSON.stringify(asQuery(app.url())) };
    expectPage(await agent.fetch(url(), { ...json, headers: { 'content-type': 'application/json' } }));
    expect(lastReason(server)).toBe('content_type');
  });

  // A HEAD would use up what only a look was meant for.
  test.for(['HEAD', 'PUT'])('%s is not taken', async (method) => {
    const { status, headers } = await agent.fetch(app.url(), { method });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});
