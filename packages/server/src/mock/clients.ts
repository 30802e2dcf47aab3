// The mock's clients: without a list, every client_id is accepted; with a list, only its clients.

import { type Client, type Dialect, isScopeToken, parseScope, redirectUriFault } from '@tessera-oauth/core';
import type { ClientRule } from './options.ts';
import type { Seen } from './seen.ts';

export interface MockClients {
  /** The client of that id, registered as the request needs it; undefined if there is a list without it. */
  find(client_id: string, seen: Seen): Client | undefined;
  /** Whether the secret is the client's. Without a list, every secret is that is not empty. */
  accepts(client_id: string, secret: string): boolean;
}

/** `scope` is for clients that ask for none, unless the list gives them another. */
export function createClients(
  rules: readonly ClientRule[] | undefined,
  dialect: Dialect,
  scope: readonly string[],
): MockClients {
  const listed = rules && new Map(rules.map((rule) => [rule.client_id, rule]));
  /** By client: the scope of its authorization requests, which its codes and refresh tokens may go on using. */
  const asked = new Map<string, readonly string[]>();
  /** By client: all that it ever asked for, which its tokens may have. */
  const everAsked = new Map<string, readonly string[]>();

  function scopeFor(client_id: string, seen: Seen): readonly string[] {
    const named = seen.all('scope').flatMap((text) => parseScope(text, dialect.scope.accepts));
    const before = asked.get(client_id) ?? [];
    const requested = named.filter(isScopeToken);
    if (seen.endpoint === 'authorization') asked.set(client_id, unique([...before, ...requested]));
    const all = unique([...(everAsked.get(client_id) ?? []), ...scope, ...requested]);
    if (namesScope.has(seen.endpoint)) everAsked.set(client_id, all);
    else return all;
    const ofUser = seen.endpoint === 'token' && seen.grant_type !== 'client_credentials';
    return unique([...scope, ...requested, ...(ofUser ? before : [])]);
  }

  const asShown = (name: string, seen: Seen) =>
    seen.all(name).filter((uri) => redirectUriFault(uri) === undefined);

  return {
    find(client_id, seen) {
      const rule = listed?.get(client_id);
      if (listed !== undefined && rule === undefined) return undefined;
      const isPublic = rule ? rule.client_secret === undefined : !seen.has_secret;
      return {
        client_id,
        // Older than any token, wherever the clock is.
        client_id_issued_at: 0,
        client_name: client_id,
        owner: 'mock',
        token_endpoint_auth_method:
          isPublic && (rule || authenticates.has(seen.endpoint)) ? 'none' : 'client_secret_basic',
        grant_types: dialect.grant_types,
        redirect_uris: rule?.redirect_uris ?? asShown('redirect_uri', seen),
        post_logout_redirect_uris: asShown('post_logout_redirect_uri', seen),
        logo_uri: null,
        client_uri: null,
        policy_uri: null,
        tos_uri: null,
        consent_message: null,
        require_pkce: null,
        refresh_token_given: null,
        token_reuse: null,
        scope: rule?.scope ?? scopeFor(client_id, seen),
        introspection: 'any',
        id_token_signed_response_alg: rule?.id_token_signed_response_alg ?? 'RS256',
        id_token_user_claims: false,
        disabled: false,
        secrets: [],
      };
    },
    accepts(client_id, secret) {
      return listed === undefined ? secret !== '' : secret === listed.get(client_id)?.client_secret;
    },
  };
}

/** Endpoints at which a client names a scope; at the others a token has one already. */
const namesScope: ReadonlySet<string> = new Set(['token', 'authorization']);

/** Endpoints at which a client without a secret shows that it has none. */
const authenticates: ReadonlySet<string> = new Set(['token', 'introspection', 'revocation']);

const unique = (names: readonly string[]): string[] => [...new Set(names)];
