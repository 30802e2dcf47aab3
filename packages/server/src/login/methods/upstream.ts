// Signing in at an upstream OpenID Connect provider: code flow with PKCE, state and nonce (OpenID Connect Core 1.0 §3.1).

import { randomUUID } from 'node:crypto';
import {
  type Handler,
  type HttpResponse,
  OAuthError,
  type Ports,
  reportRefusal,
  urlBelow,
} from '@tessera-oauth/core';
import { findOrCreateUserByIdentity } from '../../store/tables/identities.ts';
import { useOnce } from '../../store/tables/used-once.ts';
import type { User } from '../../store/tables/users.ts';
import {
  askAnew,
  type ContinuedVisit,
  continuationOf,
  continuedEndpoint,
  continueFrom,
  queryOf,
} from '../continuations/index.ts';
import type { LoginContext, Upstream } from '../visit/context.ts';
import { pageEndpoint } from '../visit/page-endpoint.ts';
import { redirect } from '../visit/respond.ts';
import type { Visit } from '../visit/visit.ts';
import { completeSignIn } from './complete-sign-in.ts';
import { signInAgain, upstreamProblemOf } from './sign-in-page.ts';
import { authTimeOf, isSubject, methodsOf, profileOf } from './upstream-claims.ts';
import { failed, library, reach, redeem, type Told, whileWaiting } from './upstream-provider.ts';

/** Milliseconds. */
const lifetime = 10 * 60_000;
/** Milliseconds for which a state that is too old still tells where the browser was going. */
const remembered = 24 * 3_600_000;
/** Seconds by which the clock of a provider may be wrong. */
const clockTolerance = 10;
const purpose = 'upstream';

/** Sealed, it is the `state` (RFC 6749 §10.12): each tab has its own, and the browser has nothing to store. */
interface Pending {
  readonly upstream: string;
  readonly browser: string;
  /** Carries the continuation. */
  readonly query: string;
  readonly nonce: string;
  readonly code_verifier: string;
  /** Epoch seconds; absent where a server of the previous release has begun. */
  readonly started_at?: number;
}

const callbackOf = ({ name }: Upstream, { issuer }: Visit): string =>
  urlBelow(issuer, `/account/upstream/${name}/callback`);

export const startUpstream = (context: LoginContext, upstream: Upstream): Handler =>
  continuedEndpoint(context, 'upstream', (visit, _form, ports) =>
    orSignInAgain(visit, ports, upstream, async () => {
      const client = await library();
      const { browser, continuation } = visit;
      const now = context.now();
      const pending: Pending = {
        upstream: upstream.name,
        browser,
        query: queryOf(continuation, context),
        nonce: client.randomNonce(),
        code_verifier: client.randomPKCECodeVerifier(),
        started_at: Math.floor(now / 1000),
      };
      const target = client.buildAuthorizationUrl(await whileWaiting(upstream, () => reach(upstream)), {
        ...continuationOf(visit).upstreamParameters?.(continuation),
        redirect_uri: callbackOf(upstream, visit),
        scope: upstream.scope,
        state: context.forms.sealState(pending, purpose, now + lifetime),
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pending.code_verifier),
        code_challenge_method: 'S256',
      });
      return redirect(target.toString(), visit.cookies);
    }),
  );

export const finishUpstream = (context: LoginContext, upstream: Upstream): Handler =>
  pageEndpoint(context, 'upstream', async (visit, form, ports) => {
    const state = form.get('state');
    const told = context.forms.openState<Pending>(state, purpose, context.now() - remembered);
    const continued = continueFrom(visit, told?.query ?? '');
    const pending = context.forms.openState<Pending>(state, purpose, context.now());
    if (pending?.browser !== visit.browser || pending.upstream !== upstream.name)
      return askAnew(continued, 'upstream_state');
    return orSignInAgain(continued, ports, upstream, () => finish(continued, ports, upstream, pending));
  });

async function finish(
  visit: ContinuedVisit,
  ports: Ports,
  upstream: Upstream,
  pending: Pending,
): Promise<HttpResponse> {
  const { context, request } = visit;
  const state = new URLSearchParams(request.query).get('state') ?? '';
  const response = new URL(`${callbackOf(upstream, visit)}?${request.query}`);
  const told = await whileWaiting(upstream, async () => {
    // RFC 9700 §4.7.1: once, so that nobody has the server ask the provider over and over.
    if (!(await useOnce(context.db, 'upstream state', pending.nonce, context.now() + lifetime)))
      return undefined;
    return redeem(upstream, response, { ...pending, state });
  });
  if (told === undefined) return askAnew(visit, 'upstream_state');
  const now = Math.floor(context.now() / 1000);
  const auth_time = authTimeOf(told.id_token, now);
  if (!isRecent(visit, auth_time, pending.started_at ?? now))
    return continuationOf(visit).resume(visit, { answer: 'not_recent' }, ports);
  const user = await userOf(told, upstream, context);
  const amr = methodsOf(told.id_token);
  return completeSignIn(visit, ports, user, { amr, identity_provider: upstream.name, auth_time });
}

/** OpenID Connect Core 1.0 §3.1.2.1, §3.1.3.7: whether the user signed in as lately as the provider was asked to see to. */
function isRecent(visit: ContinuedVisit, auth_time: number, started_at: number): boolean {
  const { max_age } = continuationOf(visit).upstreamParameters?.(visit.continuation) ?? {};
  return max_age === undefined || auth_time >= started_at - Number(max_age) - clockTolerance;
}

/** The user whom the provider tells of, made at the first sign-in. */
async function userOf(told: Told, upstream: Upstream, { db, now }: LoginContext): Promise<User> {
  const { iss, sub } = told.id_token;
  if (!isSubject(sub)) throw failed('upstream_refused', upstream, 502, new Error('sub'));
  const profile = { fresh_id: randomUUID(), ...profileOf(told) };
  // OpenID Connect Core 1.0 §5.7: iss and sub together, and nothing else, name a user.
  const user = await findOrCreateUserByIdentity(db, iss, sub, profile, now());
  if (user.disabled)
    throw new OAuthError('access_denied', 'user_disabled', 'This account is disabled.', { status: 403 });
  return user;
}

/** Where the provider does not sign the user in, the sign-in page says whose fault it is, and has the other ways. */
async function orSignInAgain(
  visit: ContinuedVisit,
  ports: Ports,
  { label }: Upstream,
  work: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  try {
    return await work();
  } catch (thrown) {
    const problem = thrown instanceof OAuthError ? upstreamProblemOf(thrown.reason) : undefined;
    if (!(thrown instanceof OAuthError) || problem === undefined) throw thrown;
    const { request, issuer, context } = visit;
    const { status, retry_after } = reportRefusal(thrown, {
      ...{ request, issuer, endpoint: 'upstream', audit: context.audit },
    });
    return signInAgain(visit, ports, { problem, upstream: label, status, wait_seconds: retry_after });
  }
}
