// Redirect URIs at the authorization endpoint (RFC 9700 §2.1, RFC 8252 §7.3): the registered text and no other, but for
// the port of a loopback address. For any other, nobody is redirected.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { authorize, createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';
import { type App, callback, createApp } from './app.ts';

let server: TestServer;
let user: TestUser;
const agent = new UserAgent();
let web: App;
let native: App;
const native_uris = [
  'http://127.0.0.1/callback',
  'http://[::1]:4000/callback?from=app',
  'com.example.app:/callback',
];

beforeAll(async () => {
  server = await startTestServer();
  user = await createTestUser(server);
  web = await createApp(server, 'standard', { redirect_uris: [callback, 'https://app.example/second'] });
  native = await createApp(server, 'standard', { redirect_uris: native_uris });
});
afterAll(() => server.close());

/** Where the answer to a request of nobody goes: an error of the app's own, or a page. */
async function sentTo(app: App, redirect_uri: string | undefined): Promise<string | undefined> {
  const { status, location, headers } = await new UserAgent().get(app.url({ redirect_uri, prompt: 'none' }));
  expect(status).toBe(location === undefined ? 400 : 303);
  return headers.get('location')?.replace(/[?&]error=.*$/, '');
}

describe('a web app', () => {
  test.for([callback, 'https://app.example/second'])('is answered at %s', async (uri) => {
    expect(await sentTo(web, uri)).toBe(uri);
  });

  test('that has several must name one', async () => {
    expect(await sentTo(web, undefined)).toBeUndefined();
    expect(await sentTo(web, '')).toBeUndefined();
  });

  test.for([
    'https://app.example/callback/',
    'https://app.example/Callback',
    'https://APP.example/callback',
    'https://app.example:443/callback',
    'https://app.example:8443/callback',
    'https://app.example/callback?next=1',
    'https://app.example/callback?',
    'https://app.example/callback#',
    'https://app.example/./callback',
    'https://app.example/x/../callback',
    'https://app.example/%63allback',
    'https://app.example//callback',
    'https://app.example\\callback',
    'https://app.example/callback%20',
    'https://app.example/callback ',
    ' https://app.example/callback',
    'https://app.example./callback',
    'https://user@app.example/callback',
    'https://app.example@evil.example/callback',
    'https://app.example.evil.example/callback',
    'https://evil.example/https://app.example/callback',
    'http://app.example/callback',
    '//app.example/callback',
    '/callback',
    'javascript:location="https://app.example/callback"',
    'https://app.example/callback,https://app.example/second',
  ])('is not answered at %s', async (uri) => {
    expect(await sentTo(web, uri)).toBeUndefined();
  });

  test('is answered at no other text, whatever it is', async () => {
    const registered: readonly string[] = web.client.redirect_uris;
    const nearly = fc
      .tuple(fc.constantFrom(...registered), fc.nat(30), fc.nat(2), fc.string({ maxLength: 2 }))
      .map(([uri, at, length, text]) => uri.slice(0, at) + text + uri.slice(at + length));
    const anything = fc.oneof(nearly, fc.webUrl({ withFragments: true }), fc.string({ unit: 'binary' }));
    const other = anything.filter((uri) => !registered.includes(uri));
    await fc.assert(
      fc.asyncProperty(other, async (uri) => (await sentTo(web, uri)) === undefined),
      { numRuns: 150 },
    );
  });
});

describe('an app on the computer of its user', () => {
  test.for([
    'http://127.0.0.1/callback',
    'http://127.0.0.1:1/callback',
    'http://127.0.0.1:51004/callback',
    'http://127.0.0.1:65535/callback',
    'http://[::1]:4000/callback?from=app',
    'http://[::1]:4001/callback?from=app',
    'http://[::1]/callback?from=app',
    'com.example.app:/callback',
  ])('is answered at %s', async (uri) => {
    expect(await sentTo(native, uri)).toBe(uri);
  });

  test.for([
    'http://localhost/callback',
    'http://localhost:51004/callback',
    'http://127.0.0.2:51004/callback',
    'http://127.1:51004/callback',
    'http://2130706433/callback',
    'http://0.0.0.0:51004/callback',
    'http://127.0.0.1.nip.io:51004/callback',
    'http://127.0.0.1:51004@evil.example/callback',
    'http://127.0.0.1:51004/callback/',
    'http://127.0.0.1:51004/other',
    'http://127.0.0.1:51004/callback?more=1',
    'http://127.0.0.1:/callback',
    'http://127.0.0.1:port/callback',
    'http://127.0.0.1:-1/callback',
    'http://127.0.0.1:65536/callback',
    'http://127.0.0.1:99999/callback',
    'https://127.0.0.1:51004/callback',
    'http://[::1]:4001/callback',
    'http://[0:0:0:0:0:0:0:1]:4001/callback?from=app',
    'http://[::ffff:127.0.0.1]:4001/callback',
    'com.example.app://callback',
    'com.example.other:/callback',
  ])('is not answered at %s', async (uri) => {
    expect(await sentTo(native, uri)).toBeUndefined();
  });

  // RFC 6749 §4.1.3: identical, the port too.
  test('names the same port when it redeems its code', async () => {
    const request = { redirect_uri: 'http://127.0.0.1:51004/callback' };
    const code = await native.code(agent, user, request);
    const other = { redirect_uri: 'http://127.0.0.1:51005/callback' };
    expect((await native.redeem(code, other)).error).toBe('invalid_grant');
    expect((await native.redeem(code, { redirect_uri: native_uris[0] })).error).toBe('invalid_grant');
    expect((await native.redeem(code, request)).status).toBe(200);
  });
});

// RFC 9700 §2.1, §4.1.3.
test('localhost, where it is registered, is answered at any port, and no other host for it', async () => {
  const app = await createApp(server, 'standard', { redirect_uris: ['http://localhost:3000/callback'] });
  for (const host of ['localhost', 'localhost:3000', 'localhost:3001', 'localhost:65535'])
    expect(await sentTo(app, `http://${host}/callback`)).toBe(`http://${host}/callback`);
  for (const other of [
    'http://127.0.0.1:3000/callback',
    'http://[::1]:3000/callback',
    'http://LOCALHOST:3000/callback',
    'http://localhost.:3000/callback',
    'http://localhost.evil.example/callback',
    'http://localhost:3000@evil.example/callback',
    'http://localhost:99999/callback',
    'http://localhost:3000/callback/',
    'http://localhost:3000/',
    'https://localhost:3000/callback',
  ])
    expect(await sentTo(app, other), other).toBeUndefined();
});

describe('an app with one redirect URI', () => {
  test('need not name it, neither here nor with the code', async () => {
    const app = await createApp(server, 'standard');
    const request = { redirect_uri: undefined };
    expect((await authorize(agent, app.url(request), user)).href).toMatch(`${callback}?code=`);
    expect((await app.redeem(await app.code(agent, user, request), request)).status).toBe(200);
    expect((await app.redeem(await app.code(agent, user, request))).status).toBe(200);
    const wrong = { redirect_uri: 'https://app.example/second' };
    expect((await app.redeem(await app.code(agent, user, request), wrong)).error).toBe('invalid_grant');
  });
});

test('an app without one sends nobody anywhere', async () => {
  const app = await createApp(server, 'standard', { redirect_uris: [] });
  expect(await sentTo(app, undefined)).toBeUndefined();
  expect(await sentTo(app, callback)).toBeUndefined();
});
