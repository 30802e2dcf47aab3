// Signing in at an upstream OpenID Connect provider, by openid-client: code flow with PKCE, state and nonce.

import { randomUUID } from 'node:crypto';
import { OAuthError } from '@tessera/core';
import { LRUCache } from 'lru-cache';
import type { Configuration, IDToken } from 'openid-client';
import { findOrCreateUserByIdentity } from '../store/identities.ts';
import type { LoginContext, Upstream } from './context.ts';
import { clearCookie, readCookie, setCookie } from './cookies.ts';
import { redirect } from './respond.ts';
import { completeSignIn } from './sign-in.ts';
import { pageEndpoint, type Visit } from './visit.ts';

const underwayLifetime = 10 * 60_000;
const discoveryLifetime = 3_600_000;

/** Some code that a server without upstream providers never needs. */
const library = () => import('openid-client');

const configurations = new LRUCache<string, Configuration>({ max: 100, ttl: discoveryLifetime });

async function configurationOf(upstream: Upstream): Promise<Configuration> {
  const { issuer, client_id, client_secret } = upstream;
  const key = JSON.stringify([issuer, client_id, client_secret]);
  const known = configurations.get(key);
  if (known !== undefined) return known;
  const { allowInsecureRequests, ClientSecretPost, discovery, None } = await library();
  const server = new URL(issuer);
  // The configuration lets plain http stand on a loopback address alone.
  const execute = server.protocol === 'http:' ? [allowInsecureRequests] : [];
  const authentication = client_secret === undefined ? None() : ClientSecretPost(client_secret);
  const found = await discovery(server, client_id, undefined, authentication, { execute });
  configurations.set(key, found);
  return found;
}

interface Underway {
  readonly upstream: string;
  readonly browser: string;
  readonly query: string;
  readonly state: string;
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
      state: client.randomState(),
      nonce: client.randomNonce(),
      code_verifier: client.randomPKCECodeVerifier(),
    };
    const login_hint = new URLSearchParams(visit.query).get('login_hint');
    const target = client.buildAuthorizationUrl(await reach(upstream), {
      redirect_uri: callbackOf(upstream, visit),
      scope: upstream.scope,
      state: underway.state,
      nonce: underway.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(underway.code_verifier),
      code_challenge_method: 'S256',
      ...(login_hint !== null && { login_hint }),
    });
    const sealed = context.forms.sealState(underway, 'upstream', context.now() + underwayLifetime);
    const cookie = setCookie('upstream', sealed, visit.issuer, underwayLifetime / 1000);
    return redirect(target.toString(), [...visit.cookies, cookie]);
  });

export const finishUpstream = (context: LoginContext, upstream: Upstream) =>
  pageEndpoint(context, 'upstream', async (visit, _form, ports) => {
    const { forms, now, db } = context;
    const sealed = readCookie(visit.request, 'upstream', visit.issuer);
    const underway = forms.openState<Underway>(sealed, 'upstream', now());
    if (underway?.browser !== visit.browser || underway.upstream !== upstream.name)
      throw failed('upstream_state', upstream);
    const claims = await redeem(upstream, visit, underway);
    const { sub, name, email, email_verified, amr } = claims;
    const profile = {
      fresh_id: randomUUID(),
      ...(typeof name === 'string' && { name: name.slice(0, 200) }),
      ...(typeof email === 'string' && { email: email.slice(0, 254) }),
      ...(typeof email === 'string' && { email_verified: email_verified === true }),
    };
    const user = await findOrCreateUserByIdentity(db, upstream.name, sub, profile, now());
    if (user.disabled)
      throw new OAuthError('access_denied', 'user_disabled', 'This account is disabled.', { status: 403 });
    const back = {
      ...visit,
      query: underway.query,
      cookies: [...visit.cookies, clearCookie('upstream', visit.issuer)],
    };
    const methods = Array.isArray(amr) ? amr.filter((each) => typeof each === 'string') : [];
    return completeSignIn(back, ports, user, { amr: methods, identity_provider: upstream.name });
  });

async function redeem(upstream: Upstream, visit: Visit, underway: Underway): Promise<IDToken> {
  const { authorizationCodeGrant } = await library();
  const configuration = await reach(upstream);
  const current = new URL(`${callbackOf(upstream, visit)}?${visit.query}`);
  try {
    const tokens = await authorizationCodeGrant(configuration, current, {
      expectedState: underway.state,
      expectedNonce: underway.nonce,
      pkceCodeVerifier: underway.code_verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('no ID token');
    return claims;
  } catch (cause) {
    throw failed('upstream_refused', upstream, describe(cause));
  }
}

async function reach(upstream: Upstream): Promise<Configuration> {
  try {
    return await configurationOf(upstream);
  } catch (cause) {
    throw failed('upstream_unreachable', upstream, describe(cause));
  }
}

/** What the library says of a failure; what the provider sent may hold a token or a code, and stays out. */
const describe = (cause: unknown): string => {
  const { code, error } = Object(cause);
  return [code, error].filter((part) => typeof part === 'string').join(' ') || (cause as Error)?.name;
};

const failed = (reason: string, { label, name }: Upstream, cause?: string) =>
  new OAuthError('access_denied', reason, `Signing in with ${label} did not work. Please try again.`, {
    status: 502,
    cause: cause === undefined ? name : `${name}: ${cause}`,
  });
