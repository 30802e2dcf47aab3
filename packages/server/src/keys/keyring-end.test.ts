// The end of a key: not before its last token's, and at once where it is not to be trusted.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyDatabase, type KeyDatabase, publishedKids } from '../../../../test/support/key-database.ts';
import { revokeKey } from '../store/tables/signing-keys.ts';
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
  first = keyring.signingKey('one').kid;
});
afterEach(() => database.dispose());

const published = () => publishedKids(keyring, 'one');

test('where tokens have come to live for longer, their keys do too', async () => {
  database.now += period - publicationLead;
  await keyring.maintain([issuer], period);
  expect(published()).toHaveLength(2);
  // The successor waits for its turn, and until then the old key signs tokens that live for a day.
  const longer = { ...issuer, access_token_lifetime: day / 1000 };
  await keyring.maintain([longer], period);
  database.now += publicationLead - 1;
  expect(keyring.signingKey('one').kid).toBe(first);
  const lastToken = database.now + day;
  database.now = lastToken + clockLeeway;
  expect(published()).toContain(first);
  database.now += 1;
  expect(published()).toEqual([keyring.signingKey('one').kid]);
});

test('a key that signs cannot be ended, one that signs no more can, by its own issuer alone', async () => {
  const store = database.connect();
  expect(await revokeKey(store.db, 'one', first, database.now)).toBe(false);
  const second = await keyring.rotate(issuer, database.now);
  expect(published()).toEqual([second?.kid, first]);
  expect(await revokeKey(store.db, 'two', first, database.now)).toBe(false);
  expect(await revokeKey(store.db, 'one', first, database.now)).toBe(true);
  await keyring.load();
  expect(published()).toEqual([second?.kid]);
  expect(keyring.verificationKeys('one').map(({ kid }) => kid)).toEqual([second?.kid]);
});

// What was ended must stay so, also when tokens come to live for longer afterwards.
test('a key that was ended does not come back', async () => {
  await keyring.rotate(issuer, database.now);
  await revokeKey(database.connect().db, 'one', first, database.now);
  await keyring.load();
  await keyring.maintain([{ ...issuer, access_token_lifetime: day / 1000 }], period);
  await keyring.load();
  expect(published()).not.toContain(first);
});
