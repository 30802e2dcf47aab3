// Mix-up (RFC 9700 §4.4): an app that knows two servers takes the answer of one for that of the other, and hands it the
// code. Every answer names its server (RFC 9207), so that an app can tell.

import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, createApp, type TokenAnswer } from '../authorization/app.ts';
import { issuerOf } from '../support/endpoints.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, formOf, type Page, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
const victim = new UserAgent();
beforeAll(async () => {
  server = await startTestServer();
  ann = await createTestUser(server);
});
afterAll(() => server.close());

const attacker: oauth.AuthorizationServer = { issuer: 'https://attacker.example' };
const state = 'a state';

/** What the answer holds, however it was sent. */
function answerIn(page: Page, mode: string): URLSearchParams {
  if (mode === 'form_post') return new URLSearchParams({ ...formOf(page, 'app.example').fields });
  const { search, hash } = new URL(page.location ?? '');
  return new URLSearchParams((mode === 'fragment' ? hash : search).slice(1));
}

/**
 * The app believes that it is the attacker whom it asked: that server sent the browser on to ours, with the app's own
 * name, state and challenge. If the app takes the answer, it hands code and verifier to the attacker, who redeems them.
 */
async function stolenBy(answer: URLSearchParams, app: App): Promise<TokenAnswer | undefined> {
  const believed = { client_id: app.client_id };
  let taken: URLSearchParams;
  try {
    taken = oauth.validateAuthResponse(attacker, believed, answer, state);
  } catch {
    return undefined;
  }
  return app.redeem(taken.get('code') ?? '');
}

describe.each(['standard', 'trelica'])('%s', (issuer) => {
  let app: App;
  beforeAll(async () => {
    app = await createApp(server, issuer, { public: true });
    await app.code(victim, ann);
  });

  // The check: `respond` adds `iss`.
  describe.each(['query', 'fragment', 'form_post'])('an answer by %s', (response_mode) => {
    const ask = async (change = {}) =>
      answerIn(await victim.get(app.url({ response_mode, ...change })), response_mode);

    test('is not taken for one of another server', async () => {
      const answer = await ask();
      expect(answer.get('code')).toMatch(/./);
      expect(await stolenBy(answer, app)).toBeUndefined();
      // Had it not said whose it is, the attacker would be in.
      answer.delete('iss');
      expect(await stolenBy(answer, app)).toMatchObject({ status: 200 });
    });

    test.each([
      ['invalid_scope', { scope: 'beyond' }],
      ['invalid_request', { code_challenge: undefined }],
      ['invalid_request', { prompt: 'everything' }],
      ['unsupported_response_type', { response_type: 'token' }],
      ['consent_required', { prompt: 'none', scope: 'read write' }],
      ['request_uri_not_supported', { request_uri: 'https://attacker.example/' }],
    ])('that is the error %s says whose it is', async (error, change) => {
      const answer = await ask(change);
      expect(Object.fromEntries(answer)).toMatchObject({
        error,
        state,
        iss: issuerOf(server, issuer).issuer,
      });
    });
  });

  test('a refusal says whose it is', async () => {
    const page = await victim.decide(await victim.get(app.url({ scope: 'write' })), 'deny');
    const { issuer: iss } = issuerOf(server, issuer);
    expect(Object.fromEntries(answerIn(page, 'query'))).toMatchObject({ error: 'access_denied', state, iss });
  });

  // RFC 9207 §3: an app that reads this refuses an answer from which the attacker took it.
  test('the metadata says so', async () => {
    const identifier = new URL(issuerOf(server, issuer).issuer);
    const response = await oauth.discoveryRequest(identifier, { [oauth.allowInsecureRequests]: true });
    const honest = await oauth.processDiscoveryResponse(identifier, response);
    expect(honest.authorization_response_iss_parameter_supported).toBe(true);
    const { location = '' } = await victim.get(app.url());
    const answer = new URL(location);
    const client = { client_id: app.client_id };
    expect(oauth.validateAuthResponse(honest, client, answer, state).get('code')).toMatch(/./);
    answer.searchParams.delete('iss');
    expect(() => oauth.validateAuthResponse(honest, client, answer, state)).toThrow(/iss/);
  });
});

// The check: `iss` is the issuer of the request, and not the server's one name.
test('two issuers of one server are told apart', async () => {
  const identifiers = new Set<string | null>();
  for (const issuer of ['standard', 'trelica']) {
    const app = await createApp(server, issuer);
    await app.code(victim, ann);
    identifiers.add(answerIn(await victim.get(app.url()), 'query').get('iss'));
  }
  expect(identifiers).toEqual(new Set([server.origin, `${server.origin}/trelica`]));
});
