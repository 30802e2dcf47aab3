// Users whom another system knows: by an upstream provider (OpenID Connect Core §2, `iss` and `sub`), or by the
// company's own sign-in page.

import { invalidRequest } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import { holdSubject } from '../sql/engine.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { isClientId } from './clients.ts';
import { createUser, findUser, type Profile, profileColumns, type User, updateUser } from './users.ts';

type Db = Kysely<Schema>;

/**
 * The user of an identity, with the profile that the provider gives now; a new user gets `fresh_id` as id. An equal email
 * address does not link accounts: at a provider where anybody can name any address, that would give accounts away.
 */
export async function findOrCreateUserByIdentity(
  db: Db,
  provider: string,
  subject: string,
  claims: Profile & { readonly fresh_id: string },
  now: number,
): Promise<User> {
  const { fresh_id, ...profile } = claims;
  return transact(db, async (transaction) => {
    const known = await findIdentity(transaction, provider, subject);
    if (known !== undefined) return refreshed(transaction, known, profile, now);
    const { name = null, email = null, email_verified = false } = profile;
    const user = { id: fresh_id, login: null, name, email, email_verified, password_hash: null };
    if (!(await createUser(transaction, user, now))) throw new Error(`user id ${fresh_id} is taken`);
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('identities')
      .values({ provider, subject, user_id: fresh_id })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n) return existing(transaction, fresh_id);
    // Where transactions run side by side, another one was first.
    await transaction.deleteFrom('users').where('id', '=', fresh_id).execute();
    return existing(transaction, (await findIdentity(transaction, provider, subject)) ?? '');
  });
}

/**
 * Adds a user whose id another system gives, or takes over what it now says of them. Throws `subject_is_client` where a
 * client has the id (RFC 9700 §4.15).
 */
export async function saveExternalUser(
  db: Db,
  user: Profile & { readonly id: string },
  now: number,
): Promise<User> {
  const { id, ...profile } = user;
  const { name = null, email = null, email_verified = false } = profile;
  return transact(db, async (transaction) => {
    await holdSubject(transaction, id);
    if (await isClientId(transaction, id))
      throw invalidRequest('subject_is_client', 'subject: is the client_id of an app.');
    await createUser(transaction, { id, login: null, name, email, email_verified, password_hash: null }, now);
    return refreshed(transaction, id, profile, now);
  });
}

async function findIdentity(db: Db, provider: string, subject: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('identities')
    .select('user_id')
    .where('provider', '=', provider)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row?.user_id;
}

/** Writes only where something changed: most sign-ins tell nothing new. */
async function refreshed(db: Db, id: string, profile: Profile, now: number): Promise<User> {
  const user = await existing(db, id);
  const { email_verified, ...told } = profileColumns(profile);
  const same =
    (email_verified === undefined || (email_verified === 1) === user.email_verified) &&
    (told.name === undefined || told.name === user.name) &&
    (told.email === undefined || told.email === user.email);
  if (same) return user;
  await updateUser(db, id, profile, now);
  return existing(db, id);
}

async function existing(db: Db, id: string): Promise<User> {
  const user = await findUser(db, id);
  if (user === undefined) throw new Error(`no user ${id}`);
  return user;
}
