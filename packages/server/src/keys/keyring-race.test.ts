// Processes that maintain one database at the same moment: one of them makes the key, all of them use it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeyDatabase, type KeyDatabase } from '../../../../test/support/key-database.ts';
import { publicationLead } from './key-state.ts';
import type { Keyring } from './keyring.ts';

const period = 90 * 86_400_000;
const rounds = 20;
const processes = 10;
let database: KeyDatabase;
let keyrings: Keyring[];
beforeAll(async () => {
  database = await createKeyDatabase();
  keyrings = await Promise.all(Array.from({ length: processes }, () => database.openKeyring()));
});
afterAll(() => database.dispose());

const kidsOf = async (issuer: string) =>
  (await database.connect().listKeys()).filter((key) => key.issuer === issuer).map(({ kid }) => kid);

test('one first key', async () => {
  for (let round = 0; round < rounds; round++) {
    const issuer = await database.addIssuer(`first-${round}`);
    await Promise.all(keyrings.map((keyring) => keyring.maintain([issuer], period)));
    expect(await kidsOf(issuer.name)).toHaveLength(1);
  }
});

test('one successor', async () => {
  for (let round = 0; round < rounds; round++) {
    const issuer = await database.addIssuer(`second-${round}`);
    await keyrings[0]?.maintain([issuer], period);
    await Promise.all(keyrings.map((keyring) => keyring.load()));
    database.now += period - publicationLead;
    await Promise.all(keyrings.map((keyring) => keyring.maintain([issuer], period)));
    expect(await kidsOf(issuer.name)).toHaveLength(2);
  }
});

test('one rotation by hand', async () => {
  for (let round = 0; round < rounds; round++) {
    const issuer = await database.addIssuer(`hand-${round}`);
    await keyrings[0]?.maintain([issuer], period);
    await Promise.all(keyrings.map((keyring) => keyring.load()));
    const made = await Promise.all(keyrings.map((keyring) => keyring.rotate(issuer, database.now)));
    const winners = made.filter((key) => key !== undefined).map(({ kid }) => kid);
    expect(winners).toHaveLength(1);
    for (const keyring of keyrings) expect(keyring.signingKey(issuer.name).kid).toBe(winners[0]);
  }
});

// A server answers as soon as its maintenance is done: it must be able to sign by then.
test('the process that came second can sign as well as the first', async () => {
  const issuer = await database.addIssuer('all');
  await Promise.all(keyrings.map((keyring) => keyring.maintain([issuer], period)));
  const [kid] = await kidsOf('all');
  const kids = keyrings.map((keyring) => keyring.verificationKeys('all').map((key) => key.kid));
  expect(kids).toEqual(keyrings.map(() => [kid]));
});
