// How an issuer's pages look: name, logo and colour from the configuration, each issuer its own.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer, threeIssuers } from '../support/server.ts';

const theme = { name: 'Acme Ltd', logo_uri: 'https://cdn.example/acme.svg', color: '#0b7a5c' };
let server: TestServer;

beforeAll(async () => {
  const issuers = threeIssuers.map((issuer) => (issuer.name === 'trelica' ? { ...issuer, theme } : issuer));
  server = await startTestServer({ issuers });
});
afterAll(() => server.close());

const text = async (path: string) => (await fetch(server.origin + path)).text();

test('its pages have its name and its logo', async () => {
  const page = await text('/trelica/account/sign-in');
  expect(page).toContain('Acme Ltd');
  expect(page).toContain(`src="${theme.logo_uri}"`);
});

test('its style sheet has its colour', async () => {
  const [own, other] = [await text('/trelica/account/style.css'), await text('/account/style.css')];
  expect(own).toContain(theme.color);
  expect(other).not.toContain(theme.color);
});

test('one without a theme is named by its host, and shows nothing of another', async () => {
  const page = await text('/account/sign-in');
  expect(page).toContain(new URL(server.origin).host);
  expect(page).not.toContain('Acme Ltd');
  expect(page).not.toContain(theme.logo_uri);
});
