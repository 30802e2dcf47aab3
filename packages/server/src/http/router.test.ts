import { builtInDialects } from '@tessera-oauth/core';
import { expect, test } from 'vitest';
import type { ServedIssuer } from '../model.ts';
import { createRouter } from './router.ts';

const [dialect] = builtInDialects;
const issuerAt = (issuer: string, ownHost = false): ServedIssuer => ({
  name: issuer,
  issuer,
  ownHost,
  theme: null,
  disabled: false,
  dialect,
  signing_alg: 'ES256',
  access_token_lifetime: 3600,
  token_reuse: 0,
  resources: [],
  vouched_users: 'own' as const,
  scopes: [],
  ui_locales: [],
});

test('a route knows its URL as the issuer publishes it, whatever Host a request names', () => {
  const route = createRouter([issuerAt('https://auth.example.com/partners')], []);
  const found = route('localhost:8080', '/partners/oauth2/token');
  expect(found?.url).toBe('https://auth.example.com/partners/oauth2/token');
  expect(route(undefined, '/partners/oauth2/token')?.url).toBe(found?.url);
});

test('an issuer of its own host is found there alone, and has its URL', () => {
  const issuers = [issuerAt('https://auth.example.com'), issuerAt('https://eu.example.com', true)];
  const route = createRouter(issuers, []);
  expect(route('eu.example.com', '/oauth2/token')?.url).toBe('https://eu.example.com/oauth2/token');
  expect(route('EU.example.com:443', '/oauth2/token')?.url).toBe('https://eu.example.com/oauth2/token');
  expect(route('elsewhere.example.com', '/oauth2/token')?.url).toBe('https://auth.example.com/oauth2/token');
});

test('an endpoint that needs another is not there without it', () => {
  const { authorization: _, ...paths } = dialect.paths;
  const issuer = { ...issuerAt('https://auth.example.com'), dialect: { ...dialect, paths } };
  const route = createRouter(
    [issuer],
    [{ path: '/sign-in', get: async () => ({ status: 200, headers: {}, body: '' }) }],
  );
  expect(route('', dialect.paths.end_session)).toBeUndefined();
  expect(route('', '/account/sign-in')).toBeUndefined();
  expect(route('', dialect.paths.userinfo)).toBeDefined();
});
