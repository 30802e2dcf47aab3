// Clients that nobody here wrote, as their manuals have them: a person signs in to each, from a browser on its own origin,
// and the app knows who it is (OpenID Connect Core 1.0 §3.1).

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../browser/support/browser.ts';
import { signIn } from '../browser/support/browsing.ts';
import { issuerOf } from '../support/endpoints.ts';
import { authorize, UserAgent } from '../support/user-agent.ts';
import { authCore } from './clients/auth-core.ts';
import { browserApp } from './clients/browser-app.ts';
import type { InteropClient, Listener } from './clients/client.ts';
import { expressOpenidConnect } from './clients/express-openid-connect.ts';
import { oauth4webapi } from './clients/oauth4webapi.ts';
import { openidClient5 } from './clients/openid-client-5.ts';
import { openidClient6 } from './clients/openid-client-6.ts';
import { passportOpenidconnect } from './clients/passport-openidconnect.ts';
import { startWorld, type World } from './code-flow.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.server.close());

const scope = ['openid', 'profile', 'email', 'offline_access'];

/** An origin whose listener comes later: the server wants to know an app's redirect URI, and the app its client_id. */
async function startOrigin() {
  const served: { listener: Listener } = { listener: () => {} };
  const server = createServer((request, response) => served.listener(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, served, close };
}

async function startApp(client: InteropClient) {
  const { origin, served, close } = await startOrigin();
  const redirect_uri = origin + client.callback;
  const issuer = client.pkce ? 'standard' : 'trelica';
  const registered = await world.server.register(issuer, { redirect_uris: [redirect_uri], scope });
  const { client_id, client_secret } = registered;
  const { issuer: url } = issuerOf(world.server, issuer);
  served.listener = await client.start({ issuer: url, client_id, client_secret, origin, redirect_uri });
  return { origin, redirect_uri, close };
}

test.each([
  openidClient5,
  openidClient6,
  oauth4webapi,
  expressOpenidConnect,
  passportOpenidconnect,
  authCore,
])('$name', async (client) => {
  const app = await startApp(client);
  const agent = new UserAgent();
  const { location = '', text } = await agent.get(`${app.origin}/login`);
  expect(location, text).toMatch(world.server.origin);
  const answer = await authorize(agent, location, world.user);
  expect(answer.href).toMatch(app.redirect_uri);
  const back = await agent.get(answer);
  expect(back.status, back.text).toBe(302);
  const me = await agent.get(`${app.origin}/me`);
  expect(JSON.parse(me.text), me.text).toMatchObject({ sub: world.user.id });
  app.close();
});

test('an app in a browser, on another origin', async () => {
  const { origin, served, close } = await startOrigin();
  const redirect_uri = `${origin}/`;
  const registration = { public: true, redirect_uris: [redirect_uri], scope };
  const { client_id } = await world.server.register('standard', registration);
  served.listener = browserApp({
    issuer: issuerOf(world.server, 'standard').issuer,
    client_id,
    redirect_uri,
  });
  await using browser = await launchBrowser();
  const page = await browser.newPage({ locale: 'en' });
  await page.goto(redirect_uri);
  await signIn(page, world.user);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${redirect_uri}?**`);
  const heading = page.locator('h1');
  await heading.filter({ hasNotText: 'Signing in' }).waitFor();
  expect(await heading.innerText()).toBe(`User ${world.user.id}`);
  close();
});
