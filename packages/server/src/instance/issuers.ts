// From stored issuers to the protocol's: locations become URLs, names of dialects become dialects.

import type { Dialect } from '@tessera-oauth/core';
import type { Config } from '../config/schema.ts';
import type { ServedIssuer, StoredIssuer } from '../model.ts';
import { languages } from '../pages/strings/index.ts';

/** The origin that clients see; `port` is the one really listened on, where the configuration leaves it open. */
export function publicUrl(
  config: Pick<Config, 'public_url' | 'tls' | 'listen'>,
  port = config.listen.port,
): string {
  if (config.public_url !== undefined) return config.public_url;
  const { host } = config.listen;
  return urlOf(config, host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host, port);
}

/** Where the server listens, which may be another address than the one that clients see. */
export const listenUrl = (config: Pick<Config, 'tls' | 'listen'>, port: number): string =>
  urlOf(config, config.listen.host, port);

const urlOf = ({ tls }: Pick<Config, 'tls'>, host: string, port: number): string =>
  `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;

export function resolveIssuer(
  stored: StoredIssuer,
  scopes: readonly string[],
  dialect: Dialect,
  publicUrl: string,
): ServedIssuer {
  const ownHost = !stored.location.startsWith('/');
  const below = stored.location === '/' ? publicUrl : publicUrl + stored.location;
  return {
    name: stored.name,
    issuer: (ownHost ? stored.location : below) + (dialect.issuer?.trailing_slash ? '/' : ''),
    ownHost,
    theme: stored.theme,
    disabled: stored.disabled,
    dialect,
    signing_alg: stored.signing_alg ?? dialect.access_token.algs[0] ?? 'ES256',
    access_token_lifetime: stored.access_token_lifetime ?? dialect.access_token.lifetime,
    token_reuse: stored.token_reuse,
    resources: stored.resources,
    vouched_users: stored.vouched_users,
    scopes,
    ui_locales: languages,
  };
}
