// Signing in at an upstream OpenID Connect provider, by openid-client: code flow with PKCE, state and nonce.

import { randomUUID } from 'node:crypto';
import { OAuthError, type Reason } from '@tessera-oauth/core';
import { LRUCache } from 'lru-cache';
import type { ClientAuth, Configuration, IDToken, UserInfoResponse } from 'openid-client';
import { findOrCreateUserByIdentity } from '../../store/tables/identities.ts';
import type { LoginContext, Upstream } from '../context.ts';
import { isPlainText } from '../plain-text.ts';
import { redirect } from '../respond.ts';
import { completeSignIn } from '../sign-in.ts';
import { pageEndpoint, type Visit } from '../visit.ts';

const underwayLifetime = 10 * 60_000;
const discoveryLifetime = 3_600_000;
/** Seconds in which a provider has to answer. */
const patience = 10;

/** Some code that a server without upstream providers never needs. */
const library = () => import('openid-client');

const configurations = new LRUCache<string, Configuration>({ max: 100, ttl: discoveryLifetime });

async function configurationOf(upstream: Upstream): Promise<Configuration> {
  const { issuer, client_id, client_secret } = upstream;
  const key = JSON.stringify([issuer, client_id, client_secret]);
  const known = configurations.get(key);
  if (known !== undefined) return known;
  const { allowInsecureRequests, discovery, None } = await library();
  const server = new URL(issuer);
  // The configuration lets plain http stand on a loopback address alone.
  const execute = server.protocol === 'http:' ? [allowInsecureRequests] : [];
  const authentication = client_secret === undefined ? None() : await withSecret(client_secret);
  const options = { execute, timeout: patience };
  const found = await discovery(server, client_id, undefined, authentication, options);
  configurations.set(key, found);
  return found;
}

/** In the body, which providers agree on more than on the encoding of Basic; but not where they say that it must be Basic. */
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

/** Sealed, it is the `state` (RFC 6749 §10.12): a tab of its own for each, and nothing that the browser has to keep. */
interface Underway {
  readonly upstream: string;
  readonly browser: string;
  readonly query: string;
  readonly nonce: string;
  readonly code_verifier: string;
}

const callbackOf = ({ name }: Upstream, { issuer: { issuer } }: Visit): string =>
  `${issuer}/account/upstream/${name}/callback`;

export const startUpstream = (context: LoginContext, upstream: Upstream) =>
  pageEndpoint(context, 'upstream', async (visit) => {
    const client = await library();
    const underway: Underway = {
      upstream: upstream.name,
      browser: visit.browser,
      query: visit.query,
      nonce: client.randomNonce(),
      code_verifier: client.randomPKCECodeVerifier(),
    };
    const target = client.buildAuthorizationUrl(await reach(upstream), {
      ...wishesOf(visit.query),
      redirect_uri: callbackOf(upstream, visit),
      scope: upstream.scope,
      state: context.forms.sealState(underway, 'upstream', context.now() + underwayLifetime),
      nonce: underway.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(underway.code_verifier),
      code_challenge_method: 'S256',
    });
    return redirect(target.toString(), visit.cookies);
  });

/** What the app wants of the sign-in itself: a session that the provider still has is no answer to `prompt=login`. */
function wishesOf(query: string): Record<string, string> {
  const asked = new URLSearchParams(query);
  const prompts = (asked.get('prompt') ?? '').split(' ');
  const prompt = ['login', 'select_account'].filter((each) => prompts.includes(each)).join(' ');
  const wishes = { prompt, max_age: asked.get('max_age'), login_hint: asked.get('login_hint') };
  return Object.fromEntries(Object.entries(wishes).filter(([, value]) => value)) as Record<string, string>;
}

export const finishUpstream = (context: LoginContext, upstream: Upstream) =>
  pageEndpoint(context, 'upstream', async (visit, form, ports) => {
    const { forms, now, db } = context;
    const underway = forms.openState<Underway>(form.get('state'), 'upstream', now());
    if (underway?.browser !== visit.browser || underway.upstream !== upstream.name)
      throw failed('upstream_state', upstream, 403);
    const claims = await redeem(upstream, visit, form.get('state') ?? '', underway);
    const { iss, sub, name, email, email_verified, amr, auth_time } = claims;
    const profile = {
      fresh_id: randomUUID(),
      ...(isText(name) && { name: name.slice(0, 200) }),
      ...(isText(email) && { email: email.slice(0, 254), email_verified: email_verified === true }),
    };
    if (!isPlainText(sub)) throw failed('upstream_refused', upstream, 502);
    // OpenID Connect Core 1.0 §5.7: iss and sub together, and nothing else, name a user.
    const user = await findOrCreateUserByIdentity(db, iss, sub, profile, now());
    if (user.disabled)
      throw new OAuthError('access_denied', 'user_disabled', 'This account is disabled.', { status: 403 });
    const methods = Array.isArray(amr) ? amr.filter((each) => typeof each === 'string') : [];
    const second = Math.floor(now() / 1000);
    return completeSignIn({ ...visit, query: underway.query }, ports, user, {
      amr: methods,
      identity_provider: upstream.name,
      auth_time: typeof auth_time === 'number' ? Math.min(Math.floor(auth_time), second) : second,
    });
  });

const isText = (value: unknown): value is string => typeof value === 'string' && isPlainText(value);

/** What the provider says of the user: an ID token that holds, and more of the same user where it tells more. */
async function redeem(
  upstream: Upstream,
  visit: Visit,
  expectedState: string,
  { nonce, code_verifier }: Underway,
): Promise<IDToken & UserInfoResponse> {
  const { authorizationCodeGrant, AuthorizationResponseError, fetchUserInfo } = await library();
  const configuration = await reach(upstream);
  const current = new URL(`${callbackOf(upstream, visit)}?${visit.query}`);
  try {
    const tokens = await authorizationCodeGrant(configuration, current, {
      expectedState,
      expectedNonce: nonce,
      pkceCodeVerifier: code_verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('no ID token');
    // OpenID Connect Core 1.0 §5.4: with an access token, profile and email are not in the ID token, but there.
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims };
  } catch (cause) {
    const status = cause instanceof AuthorizationResponseError ? 403 : 502;
    throw failed('upstream_refused', upstream, status, cause);
  }
}

async function reach(upstream: Upstream): Promise<Configuration> {
  try {
    return await configurationOf(upstream);
  } catch (cause) {
    throw failed('upstream_unreachable', upstream, 502, cause);
  }
}

/** What the library says of a failure and of what is below it, without what the provider sent, which may hold a token. */
function describe(thrown: unknown): string {
  const said: string[] = [];
  for (let each = thrown; each instanceof Error; each = each.cause) {
    const { code, error } = each as { readonly code?: unknown; readonly error?: unknown };
    // What cannot be parsed is quoted.
    const words = each instanceof SyntaxError ? each.name : each.message || code;
    said.push([words, error].filter((part) => typeof part === 'string').join(' '));
  }
  return said.join(': ').slice(0, 300);
}

const failed = (reason: Reason, { label, name }: Upstream, status: number, cause?: unknown) =>
  new OAuthError('access_denied', reason, `Signing in with ${label} did not work. Please try again.`, {
    status,
    cause: cause === undefined ? name : `${name}: ${describe(cause)}`,
  });
