// The master key, replaced while servers run (docs/decisions/0023): a rotation begins, what is stored is renewed, and in the
// end the old key is retired. Each step can be done again.

import { renewedPasswordHash } from '../credentials/passwords.ts';
import type { SingleMasterKey } from '../keys/master-key.ts';
import type { MasterKeyRing } from '../keys/master-key-ring.ts';
import { renewed } from '../keys/stored-hash.ts';
import { countRefreshableBefore } from '../store/tables/grants.ts';
import { type Renewed, renewRows } from '../store/tables/master-key-rows.ts';
import { findMasterKeys, lockMasterKeys, saveMasterKeys } from '../store/tables/meta.ts';
import { conflict } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';

/** Milliseconds from the beginning until the new key is used: by then every server that runs knows it. */
const lead = 5000;

type Context = Pick<AdminContext, 'db' | 'now' | 'actor'> & { readonly master: MasterKeyRing };

/**
 * Puts a new key beside the old one, sealed under it: every server has both within a second, and uses the new one from
 * `master.activates_at` on. Throws `conflict` where a rotation has begun already, and for a key that was in use before: what
 * it has hashed could not be told from what it has hashed again.
 */
export async function beginRotation(context: Context, next: SingleMasterKey): Promise<void> {
  const { master, now } = context;
  await change(context, 'master_key.rotate', async (transaction) => {
    const stored = await lockMasterKeys(transaction);
    if (stored.rotation !== undefined)
      throw conflict(undefined, 'a rotation of the master key has begun already');
    master.load(stored, 'the database');
    if (master.hasUsed(next))
      throw conflict(undefined, 'the new master key is in use, or was before: make one that is new');
    const activates_at = now() + lead;
    await saveMasterKeys(transaction, master.withNext(next, activates_at), now());
    const after = { activates_at };
    return { issuer: null, target: 'master key', before: null, after, result: undefined };
  });
  await reload(context);
}

/** Seals and hashes what is stored with the new key. What is renewed already stays as it is. */
export function renewStored({ db, master }: Context): Promise<Renewed> {
  return renewRows(db, {
    sealedKey: (sealed, issuer, kid) => master.resealed(sealed, `${issuer}/${kid}`),
    totpSecret: (sealed, user_id) => master.resealed(sealed, `totp/${user_id}`),
    passwordHash: (stored) => renewedPasswordHash(master.hashKeys('password'), stored),
    clientSecret: (hash) => renewed(master.hashKeys('client secret'), hash),
    recoveryCode: (hash) => renewed(master.hashKeys('recovery code'), hash),
  });
}

/**
 * How many refresh tokens are of an older key: their clients have not used them since the new one is in use. Those that an
 * earlier rotation ended are among them until they expire.
 */
export const countOldRefreshTokens = ({ db, now, master }: Context): Promise<number> =>
  countRefreshableBefore(db, master.activates_at, now());

/** Ends the old key. Throws `conflict` where no rotation has begun, or the new key is not in use yet. */
export async function retireMasterKey(context: Context): Promise<void> {
  const { master, now } = context;
  await change(context, 'master_key.retire', async (transaction) => {
    const stored = await lockMasterKeys(transaction);
    if (stored.rotation === undefined)
      throw conflict(undefined, 'there is one master key: begin with tessera master-key rotate');
    if (now() < stored.rotation.activates_at)
      throw conflict(undefined, 'the new master key is not in use yet: try again in a few seconds');
    master.load(stored, 'the database');
    await saveMasterKeys(transaction, master.withoutPrevious(), now());
    return { issuer: null, target: 'master key', before: null, after: null, result: undefined };
  });
  await reload(context);
}

const reload = async ({ db, master }: Context) => master.load(await findMasterKeys(db), 'the database');
