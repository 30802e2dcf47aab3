// Every algorithm, against another implementation: what Tessera signs, jose verifies with the published key alone.

import { signingAlgorithms } from '@tessera-oauth/core';
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeyDatabase, type KeyDatabase } from '../../../../test/support/key-database.ts';
import type { Keyring } from './keyring.ts';

let database: KeyDatabase;
let keyring: Keyring;
beforeAll(async () => {
  database = await createKeyDatabase();
  keyring = await database.openKeyring();
  const issuers = await Promise.all(
    signingAlgorithms.map((alg) => database.addIssuer(alg.toLowerCase(), alg)),
  );
  await keyring.maintain(issuers, 86_400_000);
});
afterAll(() => database.dispose());

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function signed(alg: string) {
  const key = keyring.signingKey(alg.toLowerCase());
  const input = `${encode({ alg, kid: key.kid })}.${encode({ sub: 'x' })}`;
  return { key, input, signature: Buffer.from(await key.sign(input)) };
}

test.each(signingAlgorithms)('%s', async (alg) => {
  const { key, input, signature } = await signed(alg);
  const set = JSON.parse(keyring.jwks(alg.toLowerCase()).json) as JSONWebKeySet;
  const jws = `${input}.${signature.toString('base64url')}`;
  const verified = await compactVerify(jws, createLocalJWKSet(set), { algorithms: [alg] });
  expect(verified.protectedHeader).toMatchObject({ alg, kid: key.kid });
  signature[20] = (signature[20] ?? 0) ^ 1;
  const flawed = `${input}.${signature.toString('base64url')}`;
  await expect(compactVerify(flawed, createLocalJWKSet(set))).rejects.toThrow(
    errors.JWSSignatureVerificationFailed,
  );
});

test.each(signingAlgorithms)('%s publishes nothing of the private key', (alg) => {
  const { keys } = JSON.parse(keyring.jwks(alg.toLowerCase()).json) as JSONWebKeySet;
  expect(keys).toHaveLength(1);
  const own: Partial<Record<string, string[]>> = {
    EC: ['crv', 'x', 'y'],
    RSA: ['e', 'n'],
    OKP: ['crv', 'x'],
  };
  const members = ['alg', 'kid', 'kty', 'use', ...(own[keys[0]?.kty ?? ''] ?? [])];
  expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(members.toSorted());
  expect(keys[0]).toMatchObject({ alg, use: 'sig', kid: keyring.signingKey(alg.toLowerCase()).kid });
});

test('signatures made at once are each their own', async () => {
  const all = await Promise.all(Array.from({ length: 50 }, () => signed('ES256')));
  expect(new Set(all.map(({ signature }) => signature.toString('hex'))).size).toBe(50);
});

// RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used."
test.each(['RS256', 'PS256', 'RS512'] as const)('%s has 2048 bits', (alg) => {
  const [key] = keyring.verificationKeys(alg.toLowerCase());
  expect(key?.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
});
