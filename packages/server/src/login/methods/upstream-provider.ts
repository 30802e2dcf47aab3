// An upstream OpenID Connect provider, by openid-client: discovery, the code for claims, and what its failures say.

import { OAuthError, type Reason } from '@tessera-oauth/core';
import { LRUCache } from 'lru-cache';
import type { ClientAuth, Configuration, IDToken } from 'openid-client';
import type { Upstream } from '../visit/context.ts';

/** Milliseconds. */
const discoveryLifetime = 3_600_000;
/** Seconds in which a provider has to answer. */
const timeout = 10;
/** Requests of this process that wait for one provider: one that hangs must not take the places of all others. */
const mostWaiting = 32;

/** Some code that a server without upstream providers never needs. */
export const library = () => import('openid-client');

/** All who wait for the same discovery share it. */
const configurations = new LRUCache<string, Configuration, Upstream>({
  max: 100,
  ttl: discoveryLifetime,
  fetchMethod: (_key, _stale, { context }) => discover(context),
});

async function configurationOf(upstream: Upstream): Promise<Configuration> {
  const { issuer, client_id, client_secret } = upstream;
  const key = JSON.stringify([issuer, client_id, client_secret]);
  return configurations.forceFetch(key, { context: upstream });
}

async function discover({ issuer, client_id, client_secret }: Upstream): Promise<Configuration> {
  const { allowInsecureRequests, discovery, None } = await library();
  const server = new URL(issuer);
  // The configuration file accepts plain http for a loopback address alone.
  const execute = server.protocol === 'http:' ? [allowInsecureRequests] : [];
  const authentication = client_secret === undefined ? None() : await withSecret(client_secret);
  return discovery(server, client_id, undefined, authentication, { execute, timeout });
}

/** In the body: providers differ in how they decode Basic. Basic is used where the provider takes nothing else. */
async function withSecret(client_secret: string): Promise<ClientAuth> {
  const { ClientSecretBasic, ClientSecretPost } = await library();
  const [basic, post] = [ClientSecretBasic(client_secret), ClientSecretPost(client_secret)];
  return (provider, ...rest) => {
    // RFC 8414 §2: "If omitted, the default is client_secret_basic."
    const methods = provider.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const authenticate = methods.includes('client_secret_post') ? post : basic;
    authenticate(provider, ...rest);
  };
}

const waiting = new Map<string, number>();

/** Runs `work`, which waits for the provider; throws where too many wait for it already. */
export async function whileWaiting<T>(upstream: Upstream, work: () => Promise<T>): Promise<T> {
  const { issuer } = upstream;
  const count = waiting.get(issuer) ?? 0;
  if (count >= mostWaiting) throw failed('upstream_busy', upstream, 503);
  waiting.set(issuer, count + 1);
  try {
    return await work();
  } finally {
    waiting.set(issuer, (waiting.get(issuer) ?? 1) - 1);
  }
}

interface Expected {
  /** As it came back; openid-client compares it with the one in the response. */
  readonly state: string;
  readonly nonce: string;
  readonly code_verifier: string;
}

/** What the provider says of the user: the claims of a valid ID token, and of its userinfo endpoint where it has one. */
export interface Told {
  readonly id_token: IDToken;
  readonly userinfo: Readonly<Record<string, unknown>>;
}

/** `response` is the URL that the browser came back to. */
export async function redeem(
  upstream: Upstream,
  response: URL,
  { state, nonce, code_verifier }: Expected,
): Promise<Told> {
  const { authorizationCodeGrant, AuthorizationResponseError, fetchUserInfo } = await library();
  const configuration = await reach(upstream);
  try {
    const tokens = await authorizationCodeGrant(configuration, response, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: code_verifier,
      idTokenExpected: true,
    });
    const id_token = tokens.claims();
    if (id_token === undefined) throw new Error('no ID token');
    // OpenID Connect Core 1.0 §5.4: with an access token, profile and email are not in the ID token, but there.
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return { id_token, userinfo: {} };
    return { id_token, userinfo: await fetchUserInfo(configuration, tokens.access_token, id_token.sub) };
  } catch (cause) {
    if (!(cause instanceof AuthorizationResponseError))
      throw failed('upstream_refused', upstream, 502, cause);
    const reason = cause.error === 'access_denied' ? 'upstream_cancelled' : 'upstream_refused';
    throw failed(reason, upstream, 403, cause);
  }
}

export async function reach(upstream: Upstream): Promise<Configuration> {
  try {
    return await configurationOf(upstream);
  } catch (cause) {
    throw failed('upstream_unreachable', upstream, 502, cause);
  }
}

/** The messages of a failure and its causes, without anything that the provider sent, which may hold a token. */
function describe(thrown: unknown): string {
  const said: string[] = [];
  for (let each = thrown; each instanceof Error; each = each.cause) {
    const { code, error } = each as { readonly code?: unknown; readonly error?: unknown };
    // The message of a SyntaxError quotes what could not be parsed.
    const words = each instanceof SyntaxError ? each.name : each.message || code;
    said.push([words, error].filter((part) => typeof part === 'string').join(' '));
  }
  return said.join(': ').slice(0, 300);
}

export const failed = (
  reason: Reason,
  { label, name }: Upstream,
  status: number,
  cause?: unknown,
): OAuthError =>
  new OAuthError('access_denied', reason, `Signing in with ${label} did not work. Please try again.`, {
    status,
    ...(status === 503 && { retry_after: 5 }),
    cause: cause === undefined ? name : `${name}: ${describe(cause)}`,
  });
