// Issuers: made, listed, changed, disabled, deleted. What they publish concerns them all, so these changes take turns.

import { isDeepStrictEqual } from 'node:util';
import type { Dialect } from '@tessera-oauth/core';
import {
  issuerLocation,
  issuerName,
  issuerTheme,
  resource,
  signingAlg,
  tokenLifetime,
} from '../config/schema.ts';
import type { IssuerSettings, StoredIssuer } from '../model.ts';
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
import { alreadyExists, conflict, invalid } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext, IssuerKeys } from './context.ts';
import { unknownIssuer } from './existing.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';
import { findCollision } from './published-urls.ts';
import { validate } from './validate.ts';

/** An issuer to be made; what is left out is the dialect's own. */
export interface NewIssuer extends IssuerChange {
  readonly name: string;
  readonly location: string;
}

/** What is to be changed of an issuer; what is left out stays. Of the values, only forms are not yet judged. */
export interface IssuerChange {
  /** A path below the public URL, or a URL of its own. Another one breaks every client, and tokens name the old one. */
  readonly location?: string | undefined;
  /** Only while the issuer has no clients. */
  readonly dialect?: string | undefined;
  /** Null: the dialect's first. Breaks APIs that take no other than the old one. */
  readonly signing_alg?: string | null | undefined;
  /** Seconds; null: the dialect's own. */
  readonly access_token_lifetime?: number | null | undefined;
  /** The first is the default audience: another one breaks APIs that expect it. */
  readonly resources?: readonly string[] | undefined;
  /** Null: pages look as they come. */
  readonly theme?: IssuerSettings['theme'] | undefined;
}

/**
 * Makes an issuer and its first signing key. Throws `already_exists` for its name, or for a place where another one
 * answers, and `invalid` for what cannot be.
 */
export async function addIssuer(context: AdminContext, input: NewIssuer): Promise<StoredIssuer> {
  validate(issuerName, input.name, 'name');
  const { dialect = 'standard', ...same } = input;
  const blank = { signing_alg: null, access_token_lifetime: null, resources: [], theme: null };
  const settings = settle(context, { ...blank, name: input.name, location: input.location, dialect }, same);
  const made = await change(context, 'issuer.create', async (transaction) => {
    await lockAllIssuers(transaction);
    const others = await readIssuers(transaction);
    if (others.some(({ name }) => name === settings.name))
      throw alreadyExists('name', `issuer ${settings.name}: exists already`);
    refuseCollision(context, settings, others);
    if (!(await createIssuer(transaction, settings, context.now())))
      throw alreadyExists('location', `got "${settings.location}", but another issuer has it already`);
    const result = { ...settings, disabled: false };
    return { issuer: settings.name, target: settings.name, before: null, after: recordOf(result), result };
  });
  await maintainKeys(context, made);
  return made;
}

/** Issuers by name. */
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
    const result = { ...settings, disabled: before.disabled };
    return { issuer: name, target: name, before: recordOf(before), after: recordOf(result), result };
  });
  await maintainKeys(context, changed);
  return changed;
}

/** Takes an issuer out of service, or back: while it is disabled nothing of it is answered. Throws `not_found`. */
export function changeIssuerState(
  context: AdminContext,
  name: string,
  disabled: boolean,
): Promise<StoredIssuer> {
  return change(context, disabled ? 'issuer.disable' : 'issuer.enable', async (transaction) => {
    const before = await lockIssuer(transaction, name);
    if (before === undefined) throw unknownIssuer(name);
    await setIssuerDisabled(transaction, name, disabled, context.now());
    const result = { ...before, disabled };
    return { issuer: name, target: name, before: recordOf(before), after: recordOf(result), result };
  });
}

/**
 * Deletes an issuer with its scopes and keys: no token of it is good from then on. Throws `not_found`, and `conflict` where
 * it has clients, unless `with_clients`, or where the configuration declares it.
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
 * already. Throws `already_exists` for a place where another one answers.
 */
export async function declareIssuer(
  context: Pick<AdminContext, 'db' | 'actor' | 'now' | 'dialects' | 'public_url' | 'declared'>,
  settings: IssuerSettings,
): Promise<void> {
  const known = (await findIssuer(context.db, settings.name)) !== undefined;
  await change(context, known ? 'issuer.update' : 'issuer.create', async (transaction) => {
    await lockAllIssuers(transaction);
    const others = await readIssuers(transaction);
    const before = others.find(({ name }) => name === settings.name);
    const after = recordOf({ ...settings, disabled: before?.disabled ?? false });
    if (before === undefined || !isDeepStrictEqual(recordOf(before), after)) {
      refuseCollision(context, settings, others);
      await saveIssuer(transaction, settings, context.now());
    }
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
const recordOf = ({ name, ...members }: StoredIssuer) => members;

/** The settings after a change, each judged by its form, and by the dialect. */
function settle(
  { dialects }: Pick<AdminContext, 'dialects'>,
  before: IssuerSettings,
  input: IssuerChange,
): IssuerSettings {
  const name = input.dialect ?? before.dialect;
  const dialect = dialects.get(name);
  const location = validate(issuerLocation, input.location ?? before.location, 'location');
  if (dialect === undefined)
    throw invalid('dialect', `got "${name}", expected one of ${[...dialects.keys()].join(', ')}`);
  const { access_token_lifetime: lifetime = before.access_token_lifetime } = input;
  const { resources = before.resources, theme = before.theme } = input;
  return {
    name: before.name,
    location,
    dialect: name,
    signing_alg: settleAlg(input.signing_alg === undefined ? before.signing_alg : input.signing_alg, dialect),
    access_token_lifetime:
      lifetime === null ? null : validate(tokenLifetime, lifetime, 'access_token_lifetime'),
    resources: resources.map((uri) => validate(resource, uri, 'resources')),
    theme: settleTheme(theme),
  };
}

function settleAlg(input: string | null, dialect: Dialect): IssuerSettings['signing_alg'] {
  if (input === null) return null;
  const alg = validate(signingAlg, input, 'signing_alg');
  if (dialect.access_token.algs.includes(alg)) return alg;
  const algs = dialect.access_token.algs.join(', ');
  throw invalid('signing_alg', `got "${alg}", expected one of ${algs} for dialect ${dialect.name}`);
}

function settleTheme(theme: IssuerSettings['theme']): IssuerSettings['theme'] {
  if (theme === null) return null;
  for (const member of ['name', 'logo_uri', 'color'] as const)
    validate(issuerTheme.shape[member], theme[member], `theme.${member}`);
  return Object.values(theme).every((value) => value === undefined)
    ? null
    : validate(issuerTheme, theme, 'theme.name');
}

function refuseCollision(
  context: Pick<AdminContext, 'dialects' | 'public_url' | 'declared'>,
  settings: IssuerSettings,
  stored: readonly IssuerSettings[],
): void {
  // What the configuration declares counts as it is declared: the next start makes it so.
  const names = new Set(context.declared.map(({ name }) => name));
  const others = [...context.declared, ...stored.filter(({ name }) => !names.has(name))];
  const collision = findCollision(settings, others, context);
  if (collision === undefined) return;
  const { name, url } = collision;
  throw alreadyExists(
    'location',
    url === undefined
      ? `got "${settings.location}", but issuer ${name} has it already`
      : `got "${settings.location}", but issuer ${name} answers at ${url} already`,
  );
}

/** The next start would undo it. */
function refuseDeclared({ declared }: Pick<AdminContext, 'declared'>, name: string): void {
  if (declared.some((issuer) => issuer.name === name))
    throw conflict('issuer', `issuer ${name}: is declared in the configuration; change it there`);
}

async function maintainKeys(context: AdminContext, issuer: StoredIssuer): Promise<void> {
  await context.keys.maintain([keysOf(context, issuer)], context.key_rotation);
}

/** What the keys of an issuer follow from. */
function keysOf({ dialects }: Pick<AdminContext, 'dialects'>, issuer: StoredIssuer): IssuerKeys {
  const dialect = dialects.get(issuer.dialect);
  return {
    name: issuer.name,
    signing_alg: issuer.signing_alg ?? dialect?.access_token.algs[0] ?? 'ES256',
    access_token_lifetime: issuer.access_token_lifetime ?? dialect?.access_token.lifetime ?? 3600,
  };
}
