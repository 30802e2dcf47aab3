// What a verb is about, as it is now; or the mistake that there is no such thing.

import type { Client, Dialect } from '@tessera-oauth/core';
import type { StoredIssuer } from '../model.ts';
import { findClient } from '../store/tables/clients.ts';
import { findIssuer } from '../store/tables/issuers.ts';
import { findUser, findUserByLogin, type User } from '../store/tables/users.ts';
import { type AdminError, conflict, notFound } from './admin-error.ts';
import type { AdminContext } from './context.ts';

type Reading = Pick<AdminContext, 'db'>;

/** An issuer and the dialect that it speaks. Throws `not_found`, also where the configuration has no such dialect. */
export async function existingIssuer(
  { db, dialects }: Pick<AdminContext, 'db' | 'dialects'>,
  name: string,
): Promise<{ issuer: StoredIssuer; dialect: Dialect }> {
  const issuer = await findIssuer(db, name);
  if (issuer === undefined) throw unknownIssuer(name);
  return { issuer, dialect: dialectOf({ dialects }, issuer) };
}

/** The dialect of an issuer. Throws `not_found` where the configuration has none of that name. */
export function dialectOf(
  { dialects }: Pick<AdminContext, 'dialects'>,
  { name, dialect }: Pick<StoredIssuer, 'name' | 'dialect'>,
): Dialect {
  const found = dialects.get(dialect);
  if (found === undefined)
    throw notFound('dialect', `issuer ${name}: the configuration has no dialect ${dialect}`);
  return found;
}

/** A client of an issuer. Throws `not_found`. */
export async function existingClient({ db }: Reading, issuer: string, client_id: string): Promise<Client> {
  const client = await findClient(db, issuer, client_id);
  if (client === undefined) throw unknownClient(issuer, client_id);
  return client;
}

/**
 * A user by login, or by id, which is all that users have who sign in elsewhere; undefined where there is none. Throws
 * `conflict` where it is the id of one user and the login of another.
 */
export async function userIfAny({ db }: Reading, id_or_login: string): Promise<User | undefined> {
  const byId = await findUser(db, id_or_login);
  const byLogin = await findUserByLogin(db, id_or_login);
  // Another system may give any id, also one that is a login here.
  if (byId !== undefined && byLogin !== undefined && byId.id !== byLogin.id)
    throw conflict(
      'user_id',
      `user ${id_or_login}: is the id of one and the login of another, whose id is ${byLogin.id}`,
    );
  return byId ?? byLogin;
}

/** The same; throws `not_found` where there is none. */
export async function existingUser(context: Reading, id_or_login: string): Promise<User> {
  const user = await userIfAny(context, id_or_login);
  if (user === undefined) throw unknownUser(id_or_login);
  return user;
}

/** That there is no such issuer. */
export const unknownIssuer = (name: string): AdminError =>
  notFound('issuer', `issuer ${name}: there is no such issuer`);

/** That an issuer has no such client. */
export const unknownClient = (issuer: string, client_id: string): AdminError =>
  notFound('client_id', `client ${client_id}: issuer ${issuer} has no such client`);

/** That there is no such user. */
export const unknownUser = (id_or_login: string): AdminError =>
  notFound('user_id', `user ${id_or_login}: there is no such login or id`);
