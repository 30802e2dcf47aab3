// Issuers: made, listed, changed, disabled, deleted. What they publish concerns them all, so these changes take turns.

import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import { issuerName } from '../config/schema.ts';
import type { IssuerKeys } from '../keys/key-lines.ts';
import type { IssuerSettings, StoredIssuer } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { deleteDeclaration, saveDeclaration } from '../store/tables/declarations.ts';
import {
  countClients,
  createIssuer,
  deleteIssuer,
  findIssuer,
  lockAllIssuers,
  lockIssuer,
  pageOfIssuers,
  listIssuers as readIssuers,
  saveIssuer,
  setIssuerDisabled,
  updateIssuer,
} from '../store/tables/issuers.ts';
import { addMissingScopes, listScopes } from '../store/tables/scopes.ts';
import { alreadyExists, conflict, judgeAll } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';
import { refuseDeclared } from './declared.ts';
import { dialectOf, unknownIssuer } from './existing.ts';
import { type IssuerChange, refuseCollision, settle } from './issuer-rules.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';
import { ownScopes } from './scopes.ts';
import { validate } from './validate.ts';

/** An issuer to be made; what is left out is the dialect's own. */
export interface NewIssuer extends IssuerChange {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
  /** A path below the public URL, or a URL of its own. */
  readonly location: string;
}

/**
 * Makes an issuer and its first signing key. Throws `already_exists` for its name, or for a place where another one
 * answers, and `invalid` for what cannot be.
 */
export async function addIssuer(context: AdminContext, input: NewIssuer): Promise<StoredIssuer> {
  const { dialect = 'standard', ...same } = input;
  const blank = {
    signing_alg: null,
    access_token_lifetime: null,
    token_reuse: 0,
    resources: [],
    vouched_users: 'own',
    theme: null,
  } as const;
  const before = { ...blank, name: input.name, location: input.location, dialect };
  judgeAll([() => validate(issuerName, input.name, 'name'), () => settle(context, before, same)]);
  const settings = settle(context, before, same);
  const made = await change(context, 'issuer.create', async (transaction) => {
    await lockAllIssuers(transaction);
    const others = await readIssuers(transaction);
    if (others.some(({ name }) => name === settings.name))
      throw alreadyExists('name', `issuer ${settings.name}: exists already`);
    refuseCollision(context, settings, others);
    if (!(await createIssuer(transaction, settings, context.now())))
      throw alreadyExists('location', `got "${settings.location}", but another issuer has it already`);
    await addOwnScopes(context, transaction, settings);
    const result = { ...settings, disabled: false };
    return { issuer: settings.name, target: settings.name, before: null, after: recordOf(result), result };
  });
  await maintainKeys(context, made);
  return made;
}

/** All issuers by name: there are few. */
export const storedIssuers = ({ db }: Pick<AdminContext, 'db'>): Promise<readonly StoredIssuer[]> =>
  readIssuers(db);

/** Issuers by name, a page of them. */
export const listIssuers = (
  { db }: Pick<AdminContext, 'db'>,
  request: ListRequest,
): Promise<Page<StoredIssuer>> =>
  pageOf(
    request,
    ['string'],
    (page) => pageOfIssuers(db, page),
    (issuer) => issuer,
  );

/**
 * Changes an issuer, and its keys where they follow from it. Throws `not_found`, `invalid` for what cannot be,
 * `already_exists` for a place where another one answers, and `conflict` where the configuration declares the issuer, or
 * it has clients that speak its dialect.
 */
export async function changeIssuer(
  context: AdminContext,
  name: string,
  input: IssuerChange,
): Promise<StoredIssuer> {
  refuseDeclared(context, name);
  const changed = await change(context, 'issuer.update', async (transaction) => {
    await lockAllIssuers(transaction);
    const before = await lockIssuer(transaction, name);
    if (before === undefined) throw unknownIssuer(name);
    const settings = settle(context, before, input);
    if (settings.dialect !== before.dialect && (await countClients(transaction, name)) > 0)
      throw conflict('dialect', `issuer ${name}: has clients, which speak ${before.dialect}`);
    refuseCollision(context, settings, await readIssuers(transaction));
    await updateIssuer(transaction, settings, context.now());
    await addOwnScopes(context, transaction, settings);
    const result = { ...settings, disabled: before.disabled };
    return { issuer: name, target: name, before: recordOf(before), after: recordOf(result), result };
  });
  await maintainKeys(context, changed);
  return changed;
}

/**
 * Takes an issuer out of service, or back: while it is disabled nothing of it is answered, but by servers of a release
 * that does not know the column. Throws `not_found`.
 */
export function changeIssuerState(
  context: AdminContext,
  name: string,
  disabled: boolean,
): Promise<StoredIssuer> {
  return change(context, disabled ? 'issuer.disable' : 'issuer.enable', async (transaction) => {
    const before = await lockIssuer(transaction, name);
    if (before === undefined) throw unknownIssuer(name);
    await setIssuerDisabled(transaction, name, disabled, context.now());
    // From here on it is as somebody decided.
    await deleteDeclaration(transaction, { noun: 'issuer', issuer: name, name, state: 'withdrawn' });
    const result = { ...before, disabled };
    return { issuer: name, target: name, before: recordOf(before), after: recordOf(result), result };
  });
}

/**
 * Deletes an issuer with its scopes, keys and deny-list. The server accepts none of its tokens from then on. APIs that
 * verify offline do: until the tokens expire, or until the last deny-list that they have is older than they tolerate.
 * Throws `not_found`, and `conflict` where it has clients, unless `with_clients`, or where the configuration declares it.
 */
export async function removeIssuer(
  context: AdminContext,
  name: string,
  { with_clients }: { readonly with_clients: boolean },
): Promise<void> {
  refuseDeclared(context, name);
  await change(context, 'issuer.delete', async (transaction) => {
    const before = await lockIssuer(transaction, name);
    if (before === undefined) throw unknownIssuer(name);
    const clients = await countClients(transaction, name);
    if (clients > 0 && !with_clients)
      throw conflict('issuer', `issuer ${name}: has ${clients} client${clients === 1 ? '' : 's'}`);
    await deleteIssuer(transaction, name, context.now());
    return {
      issuer: name,
      target: name,
      before: { ...recordOf(before), clients },
      after: null,
      result: undefined,
    };
  });
}

/**
 * Makes an issuer that the configuration declares, or changes it to what is declared; changes nothing where it is so
 * already. `back`: it was withdrawn, and is served again. Throws `already_exists` for a place where another one answers.
 */
export async function declareIssuer(
  context: Pick<AdminContext, 'db' | 'actor' | 'now' | 'dialects' | 'public_url' | 'declared'>,
  settings: IssuerSettings,
  back = false,
): Promise<void> {
  const known = (await findIssuer(context.db, settings.name)) !== undefined;
  await change(context, known ? 'issuer.update' : 'issuer.create', async (transaction) => {
    await lockAllIssuers(transaction);
    const others = await readIssuers(transaction);
    const before = others.find(({ name }) => name === settings.name);
    const disabled = before?.disabled === true && !back;
    const after = recordOf({ ...settings, disabled });
    if (before === undefined || !isDeepStrictEqual(recordOf(before), after)) {
      refuseCollision(context, settings, others);
      await saveIssuer(transaction, settings, context.now());
      await addOwnScopes(context, transaction, settings);
    }
    if (before !== undefined && before.disabled !== disabled)
      await setIssuerDisabled(transaction, settings.name, disabled, context.now());
    const { name } = settings;
    await saveDeclaration(transaction, { noun: 'issuer', issuer: name, name, state: 'declared' });
    return {
      issuer: settings.name,
      target: settings.name,
      before: before === undefined ? null : recordOf(before),
      after,
      result: undefined,
    };
  });
}

/** What the record shows of an issuer. */
const recordOf = (issuer: StoredIssuer) => ({
  location: issuer.location,
  dialect: issuer.dialect,
  signing_alg: issuer.signing_alg,
  access_token_lifetime: issuer.access_token_lifetime,
  token_reuse: issuer.token_reuse,
  resources: issuer.resources,
  vouched_users: issuer.vouched_users,
  theme: issuer.theme,
  disabled: issuer.disabled,
});

async function addOwnScopes(
  { dialects, now }: Pick<AdminContext, 'dialects' | 'now'>,
  transaction: Kysely<Schema>,
  { name, dialect }: IssuerSettings,
): Promise<void> {
  const spoken = dialects.get(dialect);
  if (spoken !== undefined) await addMissingScopes(transaction, name, ownScopes(spoken), now());
}

/** Gives the issuers of an earlier release the scopes that later ones have by themselves. */
export async function completeIssuers(
  context: Pick<AdminContext, 'db' | 'actor' | 'dialects' | 'now'>,
): Promise<void> {
  const known = Map.groupBy(await listScopes(context.db), ({ issuer }) => issuer);
  for (const { name, dialect } of await readIssuers(context.db)) {
    const before = (known.get(name) ?? []).map((scope) => scope.name);
    const spoken = context.dialects.get(dialect);
    const missing = spoken === undefined ? [] : ownScopes(spoken).filter((scope) => !before.includes(scope));
    if (missing.length === 0) continue;
    await change(context, 'issuer.update', async (transaction) => {
      await addMissingScopes(transaction, name, missing, context.now());
      const after = { scopes: [...before, ...missing] };
      return { issuer: name, target: name, before: { scopes: before }, after, result: undefined };
    });
  }
}

async function maintainKeys(context: AdminContext, issuer: StoredIssuer): Promise<void> {
  await context.keys.maintain([keysOf(context, issuer)], context.key_rotation);
}

/** What the keys of an issuer follow from. */
function keysOf({ dialects }: Pick<AdminContext, 'dialects'>, issuer: StoredIssuer): IssuerKeys {
  const dialect = dialectOf({ dialects }, issuer);
  return {
    name: issuer.name,
    dialect,
    signing_alg: issuer.signing_alg ?? dialect.access_token.algs[0] ?? 'ES256',
    access_token_lifetime: issuer.access_token_lifetime ?? dialect.access_token.lifetime,
  };
}
