// What one does with users: the verbs of the command line.

import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { UsageError } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import {
  createUser,
  deleteUser,
  findUser,
  findUserByLogin,
  normalizeLogin,
  setDisabled,
  setPassword,
  type User,
} from '../store/tables/users.ts';

/** How passwords are made, judged and hashed; keys/passwords.ts knows. */
interface PasswordHashes {
  generate(): string;
  objection(
    password: string,
    login: string,
  ): 'too_short' | 'too_long' | 'control_character' | 'is_login' | 'too_common' | undefined;
  hash(password: string): Promise<string>;
}

export interface UserAdminContext {
  readonly db: Kysely<Schema>;
  readonly passwords: PasswordHashes;
  readonly now: () => number;
}

export interface NewUser {
  readonly login: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  /** A person's choice; without it one is made. */
  readonly password?: string | undefined;
}

export interface PasswordReset {
  readonly password?: string | undefined;
  readonly remove_totp?: boolean | undefined;
  readonly remove_passkeys?: boolean | undefined;
}

// What is typed on a sign-in page and shown in a log: no blanks, and nothing that cannot be seen.
const loginForm = /^[^\s\p{C}]{1,200}$/u;
const nameForm = /^[^\p{Cc}]{1,200}$/u;
// RFC 5321 §4.5.3.1.3 leaves 254 characters. Whether it works, only mail can tell.
const emailForm = /^(?=.{3,254}$)[^\s\p{C}@]+@[^\s\p{C}@]+$/u;

const objections = {
  too_short: 'expected 8 characters at least',
  too_long: 'expected 512 characters at most',
  control_character: 'expected one line without control characters',
  is_login: 'expected another than the login',
  too_common: 'expected one that is not among the first that anybody tries',
};

/** Adds a user. A password that was made is in the answer, in the clear, for the only time. */
export async function registerUser(context: UserAdminContext, wanted: NewUser) {
  const login = normalizeLogin(wanted.login);
  const { name = null, email = null } = wanted;
  if (!loginForm.test(login)) {
    throw new UsageError(`login: got ${JSON.stringify(login)}, expected 1 to 200 characters without blanks`);
  }
  if (name !== null && !nameForm.test(name)) throw new UsageError('name: expected 1 to 200 characters');
  if (email !== null && !emailForm.test(email)) {
    throw new UsageError(`email: got ${JSON.stringify(email)}, expected an address such as ann@example.com`);
  }
  // Before the slow hash; whether it is free when it is taken, the database decides.
  const taken = new UsageError(`user ${login}: there is one of that login already`);
  if ((await findUserByLogin(context.db, login)) !== undefined) throw taken;
  const { password_hash, shown } = await makePassword(context, login, wanted.password);
  const user = { id: randomUUID(), login, name, email, email_verified: false, password_hash };
  if (!(await createUser(context.db, user, context.now()))) throw taken;
  return { user: await existingUser(context, user.id), password: shown };
}

/** Gives a user a new password; sessions and grants end, and with them every token. */
export async function resetPassword(context: UserAdminContext, who: string, wanted: PasswordReset) {
  const { id, login } = await existingUser(context, who);
  if (login === null) throw new UsageError(`user ${id}: signs in elsewhere and has no password here`);
  const { password_hash, shown } = await makePassword(context, login, wanted.password);
  const { remove_totp, remove_passkeys } = wanted;
  const done = await setPassword(context.db, id, password_hash, context.now(), {
    remove_totp,
    remove_passkeys,
  });
  if (!done) throw unknownUser(who);
  return { user: await existingUser(context, id), password: shown };
}

/** To disable a user ends sessions and grants too. */
export async function changeUserState(
  context: UserAdminContext,
  who: string,
  disabled: boolean,
): Promise<User> {
  const { id } = await existingUser(context, who);
  if (!(await setDisabled(context.db, id, disabled, context.now()))) throw unknownUser(who);
  return existingUser(context, id);
}

export async function removeUser(context: UserAdminContext, who: string): Promise<User> {
  const user = await existingUser(context, who);
  if (!(await deleteUser(context.db, user.id, context.now()))) throw unknownUser(who);
  return user;
}

/** By login, or by id, which is all that one has who signs in elsewhere. */
export async function existingUser({ db }: Pick<UserAdminContext, 'db'>, who: string): Promise<User> {
  const [byId, byLogin] = [await findUser(db, who), await findUserByLogin(db, who)];
  // Another system may give any id, also one that is a login here.
  if (byId !== undefined && byLogin !== undefined && byId.id !== byLogin.id) {
    throw new UsageError(`user ${who}: is the id of one and the login of another, whose id is ${byLogin.id}`);
  }
  const user = byId ?? byLogin;
  if (user === undefined) throw unknownUser(who);
  return user;
}

const unknownUser = (who: string) => new UsageError(`user ${who}: there is no such login or id`);

async function makePassword({ passwords }: UserAdminContext, login: string, chosen: string | undefined) {
  if (chosen === undefined) {
    const shown = passwords.generate();
    return { password_hash: await passwords.hash(shown), shown };
  }
  const objection = passwords.objection(chosen, login);
  if (objection !== undefined) throw new UsageError(`password: ${objections[objection]}`);
  return { password_hash: await passwords.hash(chosen), shown: undefined };
}
