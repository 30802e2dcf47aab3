// Rotation, on a real database and by a clock that is moved by hand.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createKeyDatabase,
  type KeyDatabase,
  masterKey,
  publishedKids,
} from '../../../../test/support/key-database.ts';
import type { IssuerKeys } from './key-lines.ts';
import { clockLeeway, publicationLead } from './key-state.ts';
import type { Keyring } from './keyring.ts';

const day = 86_400_000;
const period = 90 * day;
let database: KeyDatabase;
let keyring: Keyring;
let issuer: IssuerKeys;
let first: string;

beforeEach(async () => {
  database = await createKeyDatabase();
  issuer = await database.addIssuer('one');
  keyring = await database.openKeyring();
  await keyring.maintain([issuer], period);
  first = signing();
});
afterEach(() => database.dispose());

const signing = () => keyring.signingKey('one').kid;
const published = () => publishedKids(keyring, 'one').toSorted();
const verifying = () => keyring.verificationKeys('one').map(({ kid }) => kid);
/** The one key of the published set that is not among `known`. */
function newcomer(...known: string[]): string {
  const others = published().filter((kid) => !known.includes(kid));
  if (others.length !== 1) throw new Error(`${others.length} new keys`);
  return others[0] ?? '';
}

describe('a first key', () => {
  test('is made where there is none, and signs at once', async () => {
    const fresh = await database.addIssuer('two');
    expect(() => keyring.signingKey('two')).toThrow(/no signing key/);
    expect(publishedKids(keyring, 'two')).toEqual([]);
    await keyring.maintain([issuer, fresh], period);
    expect(publishedKids(keyring, 'two')).toEqual([keyring.signingKey('two').kid]);
    expect(signing()).toBe(first);
  });

  test('is kept: maintenance, a reload and another process find the same', async () => {
    await keyring.maintain([issuer], period);
    await keyring.load();
    expect(published()).toEqual([first]);
    expect((await database.openKeyring()).signingKey('one').kid).toBe(first);
  });

  test('does not open under another master key', async () => {
    await expect(database.openKeyring(masterKey(8))).rejects.toThrow();
  });
});

describe('a successor', () => {
  test('is published ahead of its time, and signs when it has come', async () => {
    const born = database.now;
    database.now = born + period - publicationLead - 1;
    await keyring.maintain([issuer], period);
    expect(published()).toEqual([first]);
    database.now += 1;
    await keyring.maintain([issuer], period);
    const second = newcomer(first);
    expect(signing()).toBe(first);
    database.now = born + period - 1;
    await keyring.maintain([issuer], period);
    expect([signing(), published().length]).toEqual([first, 2]);
    // Nobody has to do anything for it.
    database.now = born + period;
    expect(signing()).toBe(second);
  });

  test('that is late, because nobody was there, is still published first', async () => {
    database.now += period + 30 * day;
    await keyring.maintain([issuer], period);
    const second = newcomer(first);
    expect(signing()).toBe(first);
    database.now += publicationLead - 1;
    expect(signing()).toBe(first);
    database.now += 1;
    expect(signing()).toBe(second);
  });

  test('is followed by one of its own, a period after it began', async () => {
    for (let round = 0; round < 3; round++) {
      const before = signing();
      database.now += period - publicationLead;
      await keyring.maintain([issuer], period);
      database.now += publicationLead;
      expect(signing()).not.toBe(before);
      database.now += 3600_000 + clockLeeway;
      expect(published()).toEqual([signing()]);
      database.now -= 3600_000 + clockLeeway;
    }
  });
});

describe('a predecessor', () => {
  const lastToken = 3600_000 + clockLeeway;

  test('is published until the last of its tokens has expired, by any clock, and then it is gone', async () => {
    const rotated = database.now;
    await keyring.rotate(issuer, rotated);
    const second = newcomer(first);
    database.now = rotated + lastToken - 1;
    expect(published()).toEqual([first, second].toSorted());
    expect(verifying()).toEqual([second, first]);
    database.now += 1;
    expect(published()).toEqual([second]);
    expect(verifying()).toEqual([second]);
  });

  test('keeps its own end when its successor is followed soon after', async () => {
    const rotated = database.now;
    await keyring.rotate(issuer, rotated);
    database.now += 600_000;
    await keyring.rotate(issuer, database.now);
    database.now = rotated + lastToken - 1;
    expect(published()).toContain(first);
    database.now += 1;
    expect(published()).not.toContain(first);
    expect(published()).toHaveLength(2);
  });

  // The tokens signed before the change live as long as they were promised to.
  test('outlives its tokens also where tokens have come to live for less', async () => {
    database.now += 1000;
    const shorter = { ...issuer, access_token_lifetime: 60 };
    await keyring.rotate(shorter, database.now);
    database.now += 3600_000 - 1000;
    expect(published()).toContain(first);
  });
});

describe('rotation by hand', () => {
  test('at once: the new key signs, the old one verifies', async () => {
    const made = await keyring.rotate(issuer, database.now);
    expect(signing()).toBe(made?.kid);
    expect(verifying()).toEqual([made?.kid, first]);
  });

  test('in time: the new key is published, the old one signs until then', async () => {
    const made = await keyring.rotate(issuer, database.now + publicationLead);
    expect([signing(), published().length]).toEqual([first, 2]);
    database.now += publicationLead;
    expect(signing()).toBe(made?.kid);
  });

  test('at once, while another waits for its turn: that one never signs', async () => {
    const waiting = await keyring.rotate(issuer, database.now + publicationLead);
    const urgent = await keyring.rotate(issuer, database.now);
    for (const later of [0, publicationLead, publicationLead + 3600_000]) {
      database.now += later;
      expect(signing()).toBe(urgent?.kid);
    }
    expect(published()).not.toContain(waiting?.kid);
  });

  test('is learned by other processes when they look', async () => {
    const other = await database.openKeyring();
    const before = other.jwks('one').etag;
    const made = await keyring.rotate(issuer, database.now);
    expect(other.signingKey('one').kid).toBe(first);
    await other.load();
    expect(other.signingKey('one').kid).toBe(made?.kid);
    expect(other.jwks('one')).toEqual(keyring.jwks('one'));
    expect(other.jwks('one').etag).not.toBe(before);
  });
});

test('another algorithm comes in stages too', async () => {
  const changed: IssuerKeys = { ...issuer, signing_alg: 'EdDSA' };
  await keyring.maintain([changed], period);
  const second = newcomer(first);
  expect(keyring.signingKey('one').alg).toBe('ES256');
  await keyring.maintain([changed], period);
  expect(published()).toHaveLength(2);
  database.now += publicationLead;
  expect(keyring.signingKey('one')).toMatchObject({ alg: 'EdDSA', kid: second });
  expect(keyring.verificationKeys('one').map(({ alg }) => alg)).toEqual(['EdDSA', 'ES256']);
});

test('the ETag stays while the set stays', async () => {
  const { etag } = keyring.jwks('one');
  database.now += day;
  await keyring.load();
  expect(keyring.jwks('one').etag).toBe(etag);
  await keyring.rotate(issuer, database.now + publicationLead);
  expect(keyring.jwks('one').etag).not.toBe(etag);
});
