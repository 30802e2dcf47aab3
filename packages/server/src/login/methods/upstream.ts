// Signing in at an upstream OpenID Connect provider: code flow with PKCE, state and nonce (OpenID Connect Core 1.0 §3.1).

import { randomUUID } from 'node:crypto';
import { OAuthError } from '@tessera-oauth/core';
import { findOrCreateUserByIdentity } from '../../store/tables/identities.ts';
import type { User } from '../../store/tables/users.ts';
import { continuationOf, continuedEndpoint, continueFrom, queryOf } from '../continuations/index.ts';
import type { LoginContext, Upstream } from '../visit/context.ts';
import { pageEndpoint } from '../visit/page-endpoint.ts';
import { isPlainText } from '../visit/plain-text.ts';
import { redirect } from '../visit/respond.ts';
import type { Visit } from '../visit/visit.ts';
import { completeSignIn } from './complete-sign-in.ts';
import { failed, library, reach, redeem } from './upstream-provider.ts';

/** Milliseconds. */
const lifetime = 10 * 60_000;
const purpose = 'upstream';

/** Sealed, it is the `state` (RFC 6749 §10.12): each tab has its own, and the browser has nothing to store. */
interface Pending {
  readonly upstream: string;
  readonly browser: string;
  /** Carries the continuation. */
  readonly query: string;
  readonly nonce: string;
  readonly code_verifier: string;
}

const callbackOf = ({ name }: Upstream, { issuer: { issuer } }: Visit): string =>
  `${issuer}/account/upstream/${name}/callback`;

export const startUpstream = (context: LoginContext, upstream: Upstream) =>
  continuedEndpoint(context, 'upstream', async (visit) => {
    const client = await library();
    const { browser, continuation } = visit;
    const pending: Pending = {
      upstream: upstream.name,
      browser,
      query: queryOf(continuation, context),
      nonce: client.randomNonce(),
      code_verifier: client.randomPKCECodeVerifier(),
    };
    const target = client.buildAuthorizationUrl(await reach(upstream), {
      ...continuationOf(visit).upstreamParameters?.(continuation),
      redirect_uri: callbackOf(upstream, visit),
      scope: upstream.scope,
      state: context.forms.sealState(pending, purpose, context.now() + lifetime),
      nonce: pending.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(pending.code_verifier),
      code_challenge_method: 'S256',
    });
    return redirect(target.toString(), visit.cookies);
  });

export const finishUpstream = (context: LoginContext, upstream: Upstream) =>
  pageEndpoint(context, 'upstream', async (visit, form, ports) => {
    const state = form.get('state') ?? '';
    const pending = context.forms.openState<Pending>(state, purpose, context.now());
    if (pending?.browser !== visit.browser || pending.upstream !== upstream.name)
      throw failed('upstream_state', upstream, 403);
    const response = new URL(`${callbackOf(upstream, visit)}?${visit.request.query}`);
    const claims = await redeem(upstream, response, { ...pending, state });
    const user = await userOf(claims, upstream, context);
    const { amr, auth_time } = claims;
    const now = Math.floor(context.now() / 1000);
    return completeSignIn(continueFrom(visit, pending.query), ports, user, {
      amr: Array.isArray(amr) ? amr.filter((each) => typeof each === 'string') : [],
      identity_provider: upstream.name,
      auth_time: typeof auth_time === 'number' ? Math.min(Math.floor(auth_time), now) : now,
    });
  });

/** The user of these claims, made at the first sign-in. */
async function userOf(
  { iss, sub, name, email, email_verified }: Awaited<ReturnType<typeof redeem>>,
  upstream: Upstream,
  { db, now }: LoginContext,
): Promise<User> {
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
  return user;
}

const isText = (value: unknown): value is string => typeof value === 'string' && isPlainText(value);
