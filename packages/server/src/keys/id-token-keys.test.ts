// The second line of keys: ID tokens by RS256 beside access tokens by another algorithm.

import { builtInDialects, type Issuer } from '@tessera-oauth/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createKeyDatabase,
  type KeyDatabase,
  machineDialect,
} from '../../../../test/support/key-database.ts';
import type { IssuerKeys } from './key-lines.ts';
import { clockLeeway, publicationLead } from './key-state.ts';
import type { Keyring } from './keyring.ts';

const [standard, trelica, tilia] = builtInDialects;
const day = 86_400_000;
const period = 90 * day;
let database: KeyDatabase;
let keyring: Keyring;
let issuer: IssuerKeys;

beforeEach(async () => {
  database = await createKeyDatabase();
  issuer = await database.addIssuer('one', 'ES256', standard);
  keyring = await database.openKeyring();
  await keyring.maintain([issuer], period);
});
afterEach(() => database.dispose());

const published = () =>
  (JSON.parse(keyring.jwks('one').json) as { keys: { kid: string; alg: string }[] }).keys;
const ofAlg = (alg: string) => published().filter((key) => key.alg === alg);
const signs = (alg?: Issuer['signing_alg']) => keyring.signingKey('one', alg);

test.each([
  [standard, 'ES256', ['ES256', 'RS256']],
  [standard, 'PS256', ['PS256', 'RS256']],
  [standard, 'RS256', ['RS256']],
  [trelica, 'RS256', ['RS256']],
  [tilia, 'RS512', ['RS512']],
  [machineDialect, 'ES256', ['ES256']],
] as const)('%s by %s has the keys that it needs, and each signs at once', async (dialect, alg, algs) => {
  const other = await database.addIssuer('other', alg, dialect);
  await keyring.maintain([other], period);
  expect(keyring.verificationKeys('other').map((key) => key.alg)).toEqual(algs);
  for (const each of algs) expect(keyring.signingKey('other', each).alg).toBe(each);
  expect(keyring.signingKey('other').alg).toBe(alg);
});

test('each line rotates when its own time has come, ahead of which its key is published', async () => {
  const [first, second] = [signs().kid, signs('RS256').kid];
  database.now += period - publicationLead;
  await keyring.maintain([issuer], period);
  expect([ofAlg('ES256').length, ofAlg('RS256').length]).toEqual([2, 2]);
  expect([signs().kid, signs('RS256').kid]).toEqual([first, second]);
  database.now += publicationLead;
  expect(signs().alg).toBe('ES256');
  expect([signs().kid, signs('RS256').kid]).not.toEqual([first, second]);
  database.now += 3_600_000 + clockLeeway;
  expect(published().map(({ kid }) => kid)).toEqual([signs().kid, signs('RS256').kid]);
});

test('rotation by hand of one line leaves the other alone', async () => {
  const access = signs().kid;
  const made = await keyring.rotate(issuer, database.now, 'RS256');
  expect([signs().kid, signs('RS256').kid]).toEqual([access, made?.kid]);
  const next = await keyring.rotate(issuer, database.now);
  expect([signs().kid, signs('RS256').kid]).toEqual([next?.kid, made?.kid]);
  await expect(keyring.rotate(issuer, database.now, 'PS256')).rejects.toThrow('signs nothing by PS256');
});

describe('an issuer of before, which has no key for ID tokens', () => {
  beforeEach(async () => {
    const earlier = await database.addIssuer('earlier', 'ES256', machineDialect);
    await keyring.maintain([earlier], period);
  });

  test('gets one that signs at once, and access tokens stay as they are', async () => {
    const before = keyring.signingKey('earlier').kid;
    // Until then, the one key that there is.
    expect(keyring.signingKey('earlier', 'RS256').kid).toBe(before);
    await keyring.maintain([{ ...issuer, name: 'earlier' }], period);
    expect(keyring.signingKey('earlier').kid).toBe(before);
    expect(keyring.signingKey('earlier', 'RS256').alg).toBe('RS256');
  });

  test('on two servers at once, gets one', async () => {
    const upgraded = [{ ...issuer, name: 'earlier' }];
    const other = await database.openKeyring();
    await Promise.all([keyring.maintain(upgraded, period), other.maintain(upgraded, period)]);
    expect(keyring.verificationKeys('earlier')).toHaveLength(2);
    expect(other.jwks('earlier')).toEqual(keyring.jwks('earlier'));
  });
});

// The release before knows one line: when it rotates, it ends every key of a lower number.
test.each([
  ['before it ends', publicationLead - 1],
  ['long after', 30 * day],
])('a line that a server of the release before has ended is taken up %s', async (_, later) => {
  const { db } = database.connect();
  const retires_at = database.now + publicationLead;
  await db
    .updateTable('signing_keys')
    .set({ retires_at, expires_at: retires_at + 3_600_000 })
    .where('alg', '=', 'RS256')
    .execute();
  await keyring.load();
  database.now += later;
  await keyring.maintain([issuer], period);
  database.now += publicationLead;
  expect(signs('RS256').alg).toBe('RS256');
  expect(signs().alg).toBe('ES256');
});

test('access tokens that come to be signed by RS256 end the other line, and back', async () => {
  const byRsa: IssuerKeys = { ...issuer, signing_alg: 'RS256' };
  await keyring.maintain([byRsa], period);
  expect([signs().alg, signs('RS256').alg]).toEqual(['ES256', 'RS256']);
  database.now += publicationLead;
  expect(signs().kid).toBe(signs('RS256').kid);
  database.now += 3_600_000 + clockLeeway;
  expect(published().map(({ alg }) => alg)).toEqual(['RS256']);
  await keyring.maintain([issuer], period);
  expect([signs().alg, signs('RS256').alg]).toEqual(['RS256', 'RS256']);
  database.now += publicationLead;
  expect([signs().alg, signs('RS256').alg]).toEqual(['ES256', 'RS256']);
});

test('without `kid` the published set has one key of each algorithm, before, at and after a rotation', async () => {
  const unnamed = {
    ...standard,
    access_token: { ...standard.access_token, header: { typ: 'JWT', kid: false } },
  } as const;
  const other = await database.addIssuer('other', 'ES256', unnamed);
  await keyring.maintain([other], period);
  for (const step of [period - publicationLead, publicationLead, 1000, 3_600_000 + clockLeeway]) {
    database.now += step;
    await keyring.maintain([other], period);
    const { keys } = JSON.parse(keyring.jwks('other', false).json) as {
      keys: { kid: string; alg: string }[];
    };
    expect(keys.map(({ alg }) => alg)).toEqual(['ES256', 'RS256']);
    expect(keys[0]?.kid).toBe(keyring.signingKey('other').kid);
  }
});

test('the predecessor without `kid` still verifies here, though it is published no more', async () => {
  const unnamed = {
    ...machineDialect,
    access_token: { ...standard.access_token, header: { typ: 'JWT', kid: false } },
  } as const;
  const other = await database.addIssuer('other', 'ES256', unnamed);
  await keyring.maintain([other], period);
  const before = keyring.signingKey('other').kid;
  database.now += period;
  await keyring.maintain([other], period);
  expect(keyring.signingKey('other').kid).not.toBe(before);
  expect(keyring.verificationKeys('other').map(({ kid }) => kid)).toContain(before);
  expect(keyring.jwks('other', false).json).not.toContain(before);
});
