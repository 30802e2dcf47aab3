// Insufficient validation of redirect URIs (RFC 9700 §4.1): a code goes where the app registered, and nowhere that looks
// like it (§2.1: "exact string matching").

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, callback, createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
/** Signed in, and has allowed the app of each test: nothing but the judgement of the URI keeps the code from leaving. */
const victim = new UserAgent();
beforeAll(async () => {
  server = await startTestServer();
  ann = await createTestUser(server);
});
afterAll(() => server.close());

/** Follows a link of the attacker's. */
async function expectKept(link: string) {
  const page = await victim.get(link);
  // RFC 6749 §4.1.2.1: "MUST NOT automatically redirect the user-agent to the invalid redirection URI."
  expect(page).toMatchObject({ status: 400, location: undefined });
  expect(page.headers.get('refresh')).toBeNull();
}

describe('a web app', () => {
  let app: App;
  beforeAll(async () => {
    app = await createApp(server, 'standard');
    // Sends the code, where the URI is right.
    expect(await app.code(victim, ann)).toMatch(/./);
    await createApp(server, 'standard', { redirect_uris: ['https://other.example/callback'] });
    await createApp(server, 'trelica', {
      client_id: app.client_id,
      redirect_uris: ['https://trelica.example/'],
    });
  });

  // The check: `matchesRedirectUri` compares text.
  test.each([
    'https://app.example/callback/../../open?url=https://evil.example',
    'https://app.example/callback/more',
    'https://app.example/callbacks',
    'https://app.example/callback/',
    'https://app.example/callback?',
    'https://app.example/callback?next=https://evil.example',
    'https://app.example/callback;x',
    'https://app.example/callback%2f..%2fopen',
    'https://app.example/callback%00',
    'https://app.example/callback#',
    'https://app.example/callback#https://evil.example',
    'https://app.example/Callback',
    'https://app.example/%63allback',
    'https://app.example/./callback',
    'https://app.example//callback',
    'https://app.example/x/../callback',
    'https://app.example\\callback',
    'https://app.example',
    'https://app.example:443/callback',
    'https://app.example:8443/callback',
    'https://APP.example/callback',
    'https://app.example./callback',
    'https://www.app.example/callback',
    'https://app.example.evil.example/callback',
    'https://evilapp.example/callback',
    'https://app.example@evil.example/callback',
    'https://app.example:x@evil.example/callback',
    'https://evil.example/callback',
    'https://evil.example/?https://app.example/callback',
    'https://evil.example#https://app.example/callback',
    'https://evil.example\\@app.example/callback',
    'http://app.example/callback',
    'HTTPS://app.example/callback',
    '//app.example/callback',
    '/callback',
    ' https://app.example/callback',
    'https://app.example/callback ',
    'https://app.example/callback\r\nX: y',
    'https://app.example/callback,https://evil.example/callback',
    'javascript:fetch("https://evil.example/")//https://app.example/callback',
    'data:text/html,https://app.example/callback',
    // Of another app, and of an app of the same name at another issuer.
    'https://other.example/callback',
    'https://trelica.example/',
    'http://127.0.0.1/callback',
  ])('is not sent to %j', async (redirect_uri) => {
    await expectKept(app.url({ redirect_uri }));
  });

  // The check: `findRecipient` refuses what stands twice, before it knows where to answer.
  test.each([
    [callback, 'https://evil.example/'],
    ['https://evil.example/', callback],
  ])('is not sent anywhere, where a request names %s and %s', async (...uris) => {
    const [first = '', second = ''] = uris;
    await expectKept(`${app.url({ redirect_uri: first })}&redirect_uri=${encodeURIComponent(second)}`);
  });

  // The check: `chooseRedirectUri` chooses only where there is one.
  test('with two redirect URIs, it must say which', async () => {
    const two = await createApp(server, 'standard', { redirect_uris: [callback, 'https://app.example/old'] });
    expect(await two.code(victim, ann)).toMatch(/./);
    await expectKept(two.url({ redirect_uri: undefined }));
  });
});

describe('an app on loopback', () => {
  let app: App;
  beforeAll(async () => {
    app = await createApp(server, 'standard', { redirect_uris: ['http://127.0.0.1/callback'] });
    // RFC 8252 §7.3: any port.
    for (const redirect_uri of ['http://127.0.0.1/callback', 'http://127.0.0.1:65000/callback'])
      expect(await app.code(victim, ann, { redirect_uri })).toMatch(/./);
  });

  // The check: `withoutPort` in redirect-uri.ts lets a port vary, and nothing else.
  test.each([
    'http://127.0.0.1:80@evil.example/callback',
    'http://127.0.0.1:@evil.example/callback',
    'http://127.0.0.1@evil.example/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://127.0.0.1:80.evil.example/callback',
    'http://127.0.0.1\\.evil.example/callback',
    'http://127.0.0.1:8000/other',
    'http://127.0.0.1:8000/callback/more',
    'http://127.0.0.1:8000/callback?x=1',
    'http://127.0.0.1:8000/callback#',
    'http://127.0.0.1:8000',
    'http://127.0.0.1:/callback',
    'http://127.0.0.1:x/callback',
    'http://127.0.0.2/callback',
    'http://127.1/callback',
    'http://2130706433/callback',
    'http://0/callback',
    'http://[::1]/callback',
    'http://[::ffff:127.0.0.1]/callback',
    'http://localhost/callback',
    'http://localhost:8000/callback',
    'https://127.0.0.1/callback',
    'https://127.0.0.1:8000/callback',
  ])('is not sent to %j', async (redirect_uri) => {
    await expectKept(app.url({ redirect_uri }));
  });

  test('of https, the port may not vary', async () => {
    const web = await createApp(server, 'standard', { redirect_uris: ['https://127.0.0.1/callback'] });
    expect(await web.code(victim, ann)).toMatch(/./);
    await expectKept(web.url({ redirect_uri: 'https://127.0.0.1:8000/callback' }));
  });
});

// RFC 6749 §10.6: the attacker lets the victim's code go to the leakier of two registered pages, reads it there, and
// brings it to the other. The check: `redeemCode` compares the redirect URI. Without PKCE, nothing else does.
describe('a code that went to another page of the app', () => {
  const leaky = 'https://app.example/old';
  const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

  test.each([
    ['the page that it is brought to', callback],
    ['none', undefined],
    ['the prefix of the right one', 'https://app.example/o'],
    ['one that reads the same', 'https://app.example/%6fld'],
  ])('is not redeemed where the app names %s', async (_what, redirect_uri) => {
    const app = await createApp(server, 'trelica', { redirect_uris: [callback, leaky] });
    const code = await app.code(victim, ann, { ...withoutPkce, redirect_uri: leaky });
    const redeem = (uri: string | undefined) =>
      app.redeem(code, { code_verifier: undefined, redirect_uri: uri });
    expect(await redeem(redirect_uri)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await redeem(leaky)).toMatchObject({ status: 200 });
  });
});
