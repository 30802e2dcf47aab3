// Token reuse (docs/decisions/0028): a client that asks for the same again within a window gets the token that it was
// given, and requests that come at the same moment share one signature.

import type { Authorization, Client, Issuer, TokenSet } from '../model.ts';
import type { Ports } from '../ports.ts';
import { isRevoked } from './access-token.ts';
import { spellClaims } from './claims.ts';
import { mint } from './mint.ts';

interface Given {
  readonly tokens: Promise<TokenSet>;
  /** Epoch milliseconds: when it was asked for first. */
  readonly at: number;
}

/** What a client was given last, by what it had asked for. */
type Kinds = Map<string, Given>;

/**
 * By the client as it was read from the database: whatever changes of a client makes a new object of it, in every process
 * within a second, and what was given to the old one is not found any more.
 */
const given = new Map<Client, Kinds>();

/** Clients whose tokens are remembered: those that were given a new one last. */
const mostClients = 10_000;

/** Different requests of one client whose tokens are remembered. */
const mostKinds = 16;

export interface MintedOrReused {
  readonly tokens: TokenSet;
  readonly reused: boolean;
}

export async function mintOrReuse(
  authorization: Authorization,
  issuer: Issuer,
  ports: Ports,
): Promise<MintedOrReused> {
  const window = windowOf(authorization, issuer) * 1000;
  if (window === 0) return { tokens: await mint(authorization, issuer, ports), reused: false };
  const { client } = authorization;
  const kind = kindOf(authorization, issuer, ports);
  const known = findGiven(client, kind, window, ports.clock.now());
  if (known !== undefined) {
    const again = withLifeLeft(await known.tokens, ports.clock.now());
    if (isGood(again, authorization, issuer, ports)) return { tokens: again, reused: true };
  }
  const at = ports.clock.now();
  const tokens = mint(authorization, issuer, ports);
  // Before anything is waited for, so that whoever comes meanwhile finds it.
  remember(client, kind, { tokens, at });
  return { tokens: await tokens, reused: false };
}

/** Seconds; 0: each request gets a token of its own. At most half of a token's life, so that what is given again lasts. */
function windowOf({ client, grant_type, cnf, actor, lifetime }: Authorization, issuer: Issuer): number {
  // The token of a user is of one sign-in, and one that is bound to a key or made for an actor is of one request.
  if (grant_type !== 'client_credentials' || cnf !== undefined || actor !== undefined) return 0;
  const window = client.token_reuse ?? issuer.token_reuse;
  return Math.min(window, Math.floor((lifetime ?? issuer.access_token_lifetime) / 2));
}

/** All that a token and its answer say, but for the moment and the `jti`. */
function kindOf(authorization: Authorization, issuer: Issuer, { keys }: Ports): string {
  const { scope, resources, lifetime = issuer.access_token_lifetime } = authorization;
  const { kid } = keys.signingKey(issuer.name);
  return JSON.stringify([kid, lifetime, scope, resources, spellClaims(authorization, issuer, '', 0)]);
}

function findGiven(client: Client, kind: string, window: number, now: number): Given | undefined {
  const known = given.get(client)?.get(kind);
  // A clock that was set back says nothing of how long ago it was.
  return known !== undefined && now >= known.at && now < known.at + window ? known : undefined;
}

const withLifeLeft = (tokens: TokenSet, now: number): TokenSet => ({
  ...tokens,
  expires_in: tokens.issued_at + tokens.expires_in - Math.floor(now / 1000),
});

/** Whether it would be active, were it asked now; the client has just authenticated, and is no other than before. */
const isGood = (
  { jti, issued_at, expires_in }: TokenSet,
  { client: { client_id } }: Authorization,
  issuer: Issuer,
  { store }: Ports,
): boolean => expires_in > 0 && !isRevoked(issuer.name, { jti, client_id, issued_at }, store);

function remember(client: Client, kind: string, one: Given): void {
  const kinds: Kinds = given.get(client) ?? new Map();
  renew(given, client, kinds, mostClients);
  renew(kinds, kind, one, mostKinds);
  // All who wait for it are told; the next request tries anew.
  one.tokens.catch(() => forget(client, kind, one));
}

function forget(client: Client, kind: string, one: Given): void {
  const kinds = given.get(client);
  if (kinds?.get(kind) === one) kinds.delete(kind);
}

/** Sets a value as the newest, in place of the oldest where there are `most`. */
function renew<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key);
  const [oldest] = map.keys();
  if (map.size >= most && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
