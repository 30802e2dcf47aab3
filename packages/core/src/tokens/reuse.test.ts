// What no request can show yet, or only too many: tokens that are bound or made for an actor, and how much is remembered.

import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { standard } from '../dialects/standard.ts';
import type { Authorization, Client, Issuer } from '../model.ts';
import type { Ports } from '../ports.ts';
import { mintOrReuse } from './reuse.ts';

const issuer = {
  name: 'test',
  issuer: 'https://auth.example.com',
  dialect: standard,
  access_token_lifetime: 3600,
  token_reuse: 30,
  resources: [],
} as unknown as Issuer;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = {
  kid: 'a',
  alg: 'ES256',
  publicKey: createPublicKey(privateKey),
  sign: async () => new Uint8Array(64),
};
const ports = {
  clock: { now: () => 1_700_000_000_000 },
  random: { uuid: randomUUID, id: randomUUID },
  keys: { signingKey: () => key },
  store: { isTokenRevoked: () => false, revokedBefore: () => 0 },
} as unknown as Ports;

const clientOf = (client_id: string) => ({ client_id, owner: '', token_reuse: null }) as unknown as Client;

const authorizationOf = (client: Client, more: Partial<Authorization> = {}): Authorization => ({
  client,
  grant_type: 'client_credentials',
  authentication: { method: 'client_secret_basic' },
  subject: client.client_id,
  scope: [],
  resources: [],
  ...more,
});

const isReused = async (...[client, more]: Parameters<typeof authorizationOf>) =>
  (await mintOrReuse(authorizationOf(client, more), issuer, ports)).reused;

test('a token that is bound to a key, or made for an actor, is given once', async () => {
  const client = clientOf('bound');
  const kinds = [{ cnf: { jkt: 'thumbprint' } }, { actor: { sub: 'agent' } }];
  for (const more of [...kinds, {}]) expect(await isReused(client, more)).toBe(false);
  for (const more of kinds) expect(await isReused(client, more)).toBe(false);
  expect(await isReused(client)).toBe(true);
});

test('a shorter life is another token, and is given again for half of it at most', async () => {
  const client = clientOf('short');
  expect(await isReused(client)).toBe(false);
  expect(await isReused(client, { lifetime: 60 })).toBe(false);
  expect(await isReused(client, { lifetime: 60 })).toBe(true);
  for (const _ of [1, 2]) expect(await isReused(client, { lifetime: 1 })).toBe(false);
});

test('the tokens of 10,000 clients are remembered: of those that were given a new one last', async () => {
  const [first, second, ...others] = Array.from({ length: 10_001 }, (_, index) => clientOf(String(index)));
  if (first === undefined || second === undefined) throw new Error('no clients');
  for (const client of [first, second, ...others.slice(0, -1)]) expect(await isReused(client)).toBe(false);
  expect(await isReused(first)).toBe(true);
  expect(await isReused(first, { scope: ['another'] })).toBe(false);
  for (const client of others.slice(-1)) expect(await isReused(client)).toBe(false);
  expect(await isReused(first)).toBe(true);
  expect(await isReused(second)).toBe(false);
});
