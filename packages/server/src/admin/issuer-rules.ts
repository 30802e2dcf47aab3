// What an issuer may be (RFC 8414 §2): each rule throws an AdminError.

import type { Dialect } from '@tessera-oauth/core';
import { expectedDialect } from '../config/gallery.ts';
import {
  issuerLocation,
  issuerTheme,
  resource,
  signingAlg,
  tokenLifetime,
  tokenReuseSeconds,
  vouchedUsers,
} from '../config/schema.ts';
import type { IssuerSettings, Theme } from '../model.ts';
import { alreadyExists, invalid, judgeAll } from './admin-error.ts';
import type { AdminContext } from './context.ts';
import { refuseTwice } from './forms.ts';
import { findCollision } from './published-urls.ts';
import { validate } from './validate.ts';

/** Changes to an issuer: a member that is left out stays. */
export interface IssuerChange {
  /** A path below the public URL, or a URL of its own. Another one breaks every client, and tokens name the old one. */
  readonly location?: string | undefined;
  /** Only while the issuer has no clients. */
  readonly dialect?: string | undefined;
  /** Null: the dialect's first. Breaks APIs that take no other than the old one. */
  readonly signing_alg?: string | null | undefined;
  /** Seconds; null: the dialect's own. */
  readonly access_token_lifetime?: number | null | undefined;
  /** Seconds in which a client that asks for the same gets the same token; 0: each request gets one of its own. */
  readonly token_reuse?: number | undefined;
  /** The first is the default audience: another one breaks APIs that expect it. */
  readonly resources?: readonly string[] | undefined;
  /** For whose users a client may vouch: `own`, those of its owner, or `any`. */
  readonly vouched_users?: string | undefined;
  /** Null: pages look as they come. */
  readonly theme?: ThemeChange | null | undefined;
}

/** Changes to a theme: a member that is left out stays, null takes it away. */
type ThemeChange = { readonly [Member in keyof Theme]?: Theme[Member] | null };

/** The settings after a change. Throws `invalid` for a value that the schema or the dialect does not allow. */
export function settle(
  { dialects }: Pick<AdminContext, 'dialects'>,
  before: IssuerSettings,
  input: IssuerChange,
): IssuerSettings {
  const name = input.dialect ?? before.dialect;
  const dialect = dialects.get(name);
  const { access_token_lifetime: lifetime = before.access_token_lifetime } = input;
  const { resources = before.resources, signing_alg: alg = before.signing_alg } = input;
  const members = {
    location: () => validate(issuerLocation, input.location ?? before.location, 'location'),
    dialect: () => {
      if (dialect !== undefined) return name;
      throw invalid('dialect', `got "${name}", ${expectedDialect(name, dialects.keys())}`);
    },
    signing_alg: () => settleAlg(alg, dialect),
    access_token_lifetime: () =>
      lifetime === null ? null : validate(tokenLifetime, lifetime, 'access_token_lifetime'),
    token_reuse: () => validate(tokenReuseSeconds, input.token_reuse ?? before.token_reuse, 'token_reuse'),
    resources: () => {
      refuseTwice('resources', resources);
      return resources.map((uri) => validate(resource, uri, 'resources'));
    },
    vouched_users: () => validate(vouchedUsers, input.vouched_users ?? before.vouched_users, 'vouched_users'),
    theme: () => settleTheme(before.theme, input.theme),
  };
  judgeAll(Object.values(members));
  return {
    name: before.name,
    location: members.location(),
    dialect: name,
    signing_alg: members.signing_alg(),
    access_token_lifetime: members.access_token_lifetime(),
    token_reuse: members.token_reuse(),
    resources: members.resources(),
    vouched_users: members.vouched_users(),
    theme: members.theme(),
  };
}

/** Without a dialect it is judged by its form alone. */
function settleAlg(input: string | null, dialect: Dialect | undefined): IssuerSettings['signing_alg'] {
  if (input === null) return null;
  const alg = validate(signingAlg, input, 'signing_alg');
  if (dialect === undefined || dialect.access_token.algs.includes(alg)) return alg;
  const algs = dialect.access_token.algs.join(', ');
  throw invalid('signing_alg', `got "${alg}", expected one of ${algs} for dialect ${dialect.name}`);
}

const themeMembers = Object.keys(issuerTheme.shape) as (keyof Theme)[];

function settleTheme(before: Theme | null, change: IssuerChange['theme']): Theme | null {
  if (change === null) return null;
  const given = themeMembers.flatMap((member) => {
    const value = change?.[member] === undefined ? before?.[member] : change[member];
    return value === undefined || value === null ? [] : [[member, value] as const];
  });
  const judged = given.map(
    ([member, value]) =>
      () =>
        [member, validate(issuerTheme.shape[member], value, `theme.${member}`)] as const,
  );
  judgeAll(judged);
  const merged = Object.fromEntries(judged.map((judge) => judge()));
  return Object.keys(merged).length === 0 ? null : merged;
}

/**
 * Throws `already_exists` where another issuer answers at a URL of this one, or has its location in the database. Under
 * `lockAllIssuers`, so that `stored` is all there is.
 */
export function refuseCollision(
  context: Pick<AdminContext, 'dialects' | 'public_url' | 'declared'>,
  settings: IssuerSettings,
  stored: readonly IssuerSettings[],
): void {
  // What the configuration declares counts as it is declared: the next start makes it so.
  const names = new Set(context.declared.map(({ name }) => name));
  const others = [...context.declared, ...stored.filter(({ name }) => !names.has(name))];
  const collision = findCollision(settings, others, context);
  if (collision !== undefined) {
    const { name, url } = collision;
    refuseRenaming(context, settings, name, stored);
    const place = url === undefined ? 'has it already' : `answers at ${url} already`;
    throw alreadyExists('location', `got "${settings.location}", but issuer ${name} ${place}`);
  }
  // Until then the old location of a declared issuer is taken, because the column is unique.
  const holder = stored.find(
    ({ name, location }) => name !== settings.name && location === settings.location,
  );
  if (holder !== undefined)
    throw alreadyExists(
      'location',
      `got "${settings.location}", but issuer ${holder.name} still has it in the database: ` +
        `first start the server with ${holder.name} alone moved elsewhere`,
    );
}

/** A new name at the place of an old one is told apart from two issuers at one place: it is how a renaming looks. */
function refuseRenaming(
  { declared }: Pick<AdminContext, 'declared'>,
  { name, location }: IssuerSettings,
  other: string,
  stored: readonly IssuerSettings[],
): void {
  const isDeclared = (issuer: string) => declared.some((each) => each.name === issuer);
  const taken = stored.find((issuer) => issuer.name === other);
  if (!isDeclared(name) || isDeclared(other) || taken?.location !== location) return;
  if (stored.some((issuer) => issuer.name === name)) return;
  throw alreadyExists(
    'name',
    `got "${name}", but the issuer at "${location}" is ${other}, and no issuer is renamed: clients, keys and tokens go by ` +
      `its name; call it ${other}, or first delete it with: tessera issuer delete ${other}`,
  );
}
