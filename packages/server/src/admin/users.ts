// Users: added, listed, changed, disabled, given another password, deleted.

import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { holdSubject } from '../store/sql/engine.ts';
import type { Schema } from '../store/sql/schema.ts';
import { forgetMembers } from '../store/tables/admin-events.ts';
import { isClientId } from '../store/tables/clients.ts';
import { type ConnectedApp, listConnectedApps } from '../store/tables/consents.ts';
import { listPasskeys, type PasskeyListing } from '../store/tables/passkeys.ts';
import { countRecoveryCodes } from '../store/tables/recovery-codes.ts';
import { findUsed, useOnce } from '../store/tables/used-once.ts';
import {
  createUser,
  deleteUser,
  findUser,
  lockUser,
  normalizeLogin,
  type Profile,
  pageOfUsers,
  setDisabled,
  setLogin,
  setOwner,
  setPassword,
  type User,
  updateUser,
} from '../store/tables/users.ts';
import { alreadyExists, conflict, judgeAll } from './admin-error.ts';
import { wasDone } from './audit.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';
import { existingUser, unknownUser } from './existing.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';
import { type ClaimsChange, changedClaims } from './user-claims.ts';
import { makePassword, type UserChange, wellFormed } from './user-rules.ts';

/** Where it is noted which logins were those of users who are gone. */
const deletedLogins = 'deleted login';

/** Milliseconds; as long as the record of changes (store/sweeps.ts). */
const longKept = 400 * 86_400_000;

/** A user to be added. */
export interface NewUser {
  /** The subject of tokens: visible ASCII, no client_id; without it one is made. */
  readonly id?: string | undefined;
  /** What is typed to sign in; upper and lower case are the same. */
  readonly login: string;
  /** What people call the user. */
  readonly name?: string | undefined;
  /** Their email address. */
  readonly email?: string | undefined;
  /** Whether the address was shown to be theirs; false unless it is said. */
  readonly email_verified?: boolean | undefined;
  /** Whose clients may vouch for the user, as clients name their owner. */
  readonly owner?: string | undefined;
  /** Further standard claims (OpenID Connect Core 1.0 §5.1). */
  readonly claims?: ClaimsChange | undefined;
  /** A person's choice; without it one is made. */
  readonly password?: string | undefined;
}

/** A new password, and what else is to be taken away. */
export interface PasswordReset {
  /** A person's choice; without it one is made. */
  readonly password?: string | undefined;
  /** Whether to take away the second factor and its recovery codes. */
  readonly remove_totp?: boolean | undefined;
  /** Whether to take away all passkeys. */
  readonly remove_passkeys?: boolean | undefined;
}

/** A user and a new password. */
export interface UserWithPassword {
  /** As it is stored. */
  readonly user: User;
  /** In the clear, for the only time; undefined where a person chose it. */
  readonly password: string | undefined;
}

/** A user, and by what they sign in and which apps they allowed something. */
export interface UserDetails {
  /** The user as stored. */
  readonly user: User;
  /** How many recovery codes are left. */
  readonly recovery_codes: number;
  /** The passkeys, without their keys. */
  readonly passkeys: readonly PasskeyListing[];
  /** The apps that the user has allowed something. */
  readonly apps: readonly ConnectedApp[];
}

/**
 * Adds a user. Throws `invalid` for what cannot be, and `already_exists` for a login or an id that is
 * taken, also where a client has the id.
 */
export async function registerUser(context: AdminContext, input: NewUser): Promise<UserWithPassword> {
  const login = normalizeLogin(input.login);
  const { id = randomUUID(), email_verified = false } = input;
  const { name = null, email = null, owner = null } = input;
  if (email === null && email_verified) throw noAddress(login);
  const members = { id, login, name, email, owner };
  judgeAll([() => wellFormed(members), () => changedClaims({}, input.claims ?? {})]);
  const row = { ...wellFormed(members), email_verified, claims: changedClaims({}, input.claims ?? {}) };
  const { password_hash, shown } = await makePassword(context, login, input.password);
  const user = await change(context, 'user.create', async (transaction) => {
    await holdSubject(transaction, id);
    // RFC 9700 §4.15: an API that reads a token must not take the user for that client.
    if (await isClientId(transaction, id))
      throw alreadyExists('user_id', `user ${id}: is the client_id of a client`);
    if (!(await createUser(transaction, { ...row, password_hash }, context.now())))
      throw (await findUser(transaction, id)) === undefined ? loginTaken(login) : idTaken(id);
    const result = await existing(transaction, id);
    return { issuer: null, target: id, before: null, after: recordOf(result), result };
  });
  return { user, password: shown };
}

/** Users in the order in which they were made; `login` is how the login begins. */
export const listUsers = (
  { db }: Pick<AdminContext, 'db'>,
  filter: { readonly login?: string | undefined },
  request: ListRequest,
): Promise<Page<User>> =>
  pageOf(
    request,
    ['number', 'string'],
    (page) => pageOfUsers(db, filter, page),
    (user) => user,
  );

/** A user by login or id, with passkeys and apps. Throws `not_found`, and `conflict` where it is two users. */
export async function findUserDetails(
  { db, now }: Pick<AdminContext, 'db' | 'now'>,
  id_or_login: string,
): Promise<UserDetails> {
  const user = await existingUser({ db }, id_or_login);
  const passkeys = await listPasskeys(db, user.id);
  const apps = await listConnectedApps(db, user.id, now());
  return { user, passkeys, apps, recovery_codes: await countRecoveryCodes(db, user.id) };
}

/**
 * Changes who a user is, by login or id; sessions and apps go on. Throws `not_found`, `invalid` for what cannot be,
 * `already_exists` for a login that is taken, and `conflict` for a login where the user signs in elsewhere.
 */
export function changeUser(context: AdminContext, id_or_login: string, given: UserChange): Promise<User> {
  const login = given.login === undefined ? undefined : normalizeLogin(given.login);
  const input = wellFormed({ ...given, login });
  return changeRow(context, 'user.update', id_or_login, async (transaction, before) => {
    const { id } = before;
    if (login !== undefined && login !== before.login) {
      if (before.login === null)
        throw conflict('login', `user ${id}: signs in elsewhere and has no login here`);
      if (!(await setLogin(transaction, id, login, context.now()))) throw loginTaken(login);
    }
    const profile: Profile = {
      ...(input.name !== undefined && { name: input.name }),
      // The same address stays verified.
      ...(input.email !== undefined && input.email !== before.email && { email: input.email }),
      ...(input.email_verified !== undefined && { email_verified: input.email_verified }),
      ...(input.claims !== undefined && { claims: changedClaims(before.claims, input.claims) }),
    };
    if (profile.email_verified && (profile.email === undefined ? before.email : profile.email) === null)
      throw noAddress(id);
    if (Object.keys(profile).length > 0) await updateUser(transaction, id, profile, context.now());
    if (input.owner !== undefined) await setOwner(transaction, id, input.owner, context.now());
  });
}

/** Gives a user a new password; sessions and grants end, and with them every token. Throws as `changeUser`. */
export async function resetPassword(
  context: AdminContext,
  id_or_login: string,
  { password, remove_totp, remove_passkeys }: PasswordReset,
): Promise<UserWithPassword> {
  const { id, login } = await existingUser(context, id_or_login);
  if (login === null) throw conflict('user_id', `user ${id}: signs in elsewhere and has no password here`);
  const { password_hash, shown } = await makePassword(context, login, password);
  const user = await change(context, 'user.reset_password', async (transaction) => {
    const removed = { remove_totp, remove_passkeys };
    await lockUser(transaction, id);
    const before = await factorsOf(transaction, id);
    if (!(await setPassword(transaction, id, password_hash, context.now(), removed)))
      throw unknownUser(id_or_login);
    const after = await factorsOf(transaction, id);
    const result = await existing(transaction, id);
    return { issuer: null, target: id, before, after, whole: true, result };
  });
  return { user, password: shown };
}

/** Refuses a user, by login or id, or takes them back. To disable ends sessions and grants. Throws `not_found`. */
export const changeUserState = (
  context: AdminContext,
  id_or_login: string,
  disabled: boolean,
): Promise<User> =>
  changeRow(
    context,
    disabled ? 'user.disable' : 'user.enable',
    id_or_login,
    async (transaction, { id }) => void (await setDisabled(transaction, id, disabled, context.now())),
  );

/**
 * Deletes a user, by login or id, with all that is known of them, in the record of changes too; gives who it was. Of the
 * login a keyed hash is left, as long as the record. Throws `not_found`.
 */
export function removeUser(context: AdminContext, id_or_login: string): Promise<User> {
  return change(context, 'user.delete', async (transaction) => {
    const result = await existingUser({ db: transaction }, id_or_login);
    if (!(await deleteUser(transaction, result.id, context.now()))) throw unknownUser(id_or_login);
    await forgetMembers(transaction, result.id);
    const [digest] = result.login === null ? [] : context.passwords.digestsOf(result.login);
    if (digest !== undefined) await useOnce(transaction, deletedLogins, digest, context.now() + longKept);
    return { issuer: null, target: result.id, before: null, after: null, result };
  });
}

/** Whether a user of this login or id was deleted, as far back as the record goes. */
export const wasUserDeleted = async (
  context: Pick<AdminContext, 'db' | 'passwords'>,
  id_or_login: string,
): Promise<boolean> =>
  (await wasDone(context, 'user.delete', null, id_or_login)) ||
  (await findUsed(context.db, deletedLogins, context.passwords.digestsOf(normalizeLogin(id_or_login)))) !==
    undefined;

/** One user, locked, changed by `work`, and read again. */
function changeRow(
  context: AdminContext,
  verb: 'user.update' | 'user.disable' | 'user.enable',
  id_or_login: string,
  work: (transaction: Kysely<Schema>, before: User) => Promise<void>,
): Promise<User> {
  return change(context, verb, async (transaction) => {
    const { id } = await existingUser({ db: transaction }, id_or_login);
    const before = await lockUser(transaction, id);
    if (before === undefined) throw unknownUser(id_or_login);
    await work(transaction, before);
    const result = await existing(transaction, id);
    return { issuer: null, target: id, before: recordOf(before), after: recordOf(result), result };
  });
}

async function existing(transaction: Kysely<Schema>, id: string): Promise<User> {
  const user = await findUser(transaction, id);
  if (user === undefined) throw unknownUser(id);
  return user;
}

/** What the record shows of a user. */
const recordOf = ({ login, name, email, email_verified, claims, owner, disabled }: User) => ({
  login,
  name,
  email,
  email_verified,
  owner,
  claims,
  disabled,
});

/** What the record shows of a new password: by what else the user can sign in. */
async function factorsOf(transaction: Kysely<Schema>, id: string) {
  const { sealed_totp_secret } = await existing(transaction, id);
  return { totp: sealed_totp_secret !== null, passkeys: (await listPasskeys(transaction, id)).length };
}

const noAddress = (user: string) =>
  conflict('email_verified', `user ${user}: has no email address that could be verified`);

const idTaken = (id: string) => alreadyExists('user_id', `user ${id}: there is one of that id already`);

const loginTaken = (login: string) =>
  alreadyExists('login', `user ${login}: there is one of that login already`);
