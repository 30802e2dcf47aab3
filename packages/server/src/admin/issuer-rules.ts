// What an issuer may be (RFC 8414 §2): each rule throws an AdminError.

import type { Dialect } from '@tessera-oauth/core';
import { expectedDialect } from '../config/gallery.ts';
import {
  issuerLocation,
  issuerTheme,
  resource,
  signingAlg,
  tokenLifetime,
  vouchedUsers,
} from '../config/schema.ts';
import type { IssuerSettings, Theme } from '../model.ts';
import { alreadyExists, invalid } from './admin-error.ts';
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
  const location = validate(issuerLocation, input.location ?? before.location, 'location');
  if (dialect === undefined)
    throw invalid('dialect', `got "${name}", ${expectedDialect(name, dialects.keys())}`);
  const { access_token_lifetime: lifetime = before.access_token_lifetime } = input;
  const { resources = before.resources } = input;
  refuseTwice('resources', resources);
  return {
    name: before.name,
    location,
    dialect: name,
    signing_alg: settleAlg(input.signing_alg === undefined ? before.signing_alg : input.signing_alg, dialect),
    access_token_lifetime:
      lifetime === null ? null : validate(tokenLifetime, lifetime, 'access_token_lifetime'),
    resources: resources.map((uri) => validate(resource, uri, 'resources')),
    vouched_users: validate(vouchedUsers, input.vouched_users ?? before.vouched_users, 'vouched_users'),
    theme: settleTheme(before.theme, input.theme),
  };
}

function settleAlg(input: string | null, dialect: Dialect): IssuerSettings['signing_alg'] {
  if (input === null) return null;
  const alg = validate(signingAlg, input, 'signing_alg');
  if (dialect.access_token.algs.includes(alg)) return alg;
  const algs = dialect.access_token.algs.join(', ');
  throw invalid('signing_alg', `got "${alg}", expected one of ${algs} for dialect ${dialect.name}`);
}

const themeMembers = Object.keys(issuerTheme.shape) as (keyof Theme)[];

function settleTheme(before: Theme | null, change: IssuerChange['theme']): Theme | null {
  if (change === null) return null;
  const merged = Object.fromEntries(
    themeMembers.flatMap((member) => {
      const value = change?.[member] === undefined ? before?.[member] : change[member];
      if (value === undefined || value === null) return [];
      return [[member, validate(issuerTheme.shape[member], value, `theme.${member}`)]];
    }),
  );
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
