// Signing in with a password, and what every way of signing in ends with: a new session (OWASP ASVS 3.2.1).

import { createHash, randomBytes } from 'node:crypto';
import {
  authorizationOfAnother,
  authorize,
  type HttpResponse,
  OAuthError,
  type Ports,
  type Reason,
  readIdToken,
} from '@tessera-oauth/core';
import { networkOf } from '../credentials/network.ts';
import { type Problem, signInPage } from '../pages/index.ts';
import { createSession } from '../store/tables/sessions.ts';
import { findUserToSignIn, normalizeLogin, type User } from '../store/tables/users.ts';
import type { LoginContext } from './context.ts';
import { clearCookie, setCookie } from './cookies.ts';
import { passkeyRequest } from './methods/passkey-options.ts';
import { pageResponse, redirect } from './respond.ts';
import { admission, Throttled } from './throttle.ts';
import {
  csrfOf,
  openVisit,
  pageEndpoint,
  pathOf,
  requireCsrf,
  sessionLifetime,
  type Visit,
} from './visit.ts';

export interface Attempt {
  readonly problem: Problem | 'passkey';
  readonly login?: string | undefined;
  readonly wait_seconds?: number;
}

interface Asking {
  readonly client_name?: string | undefined;
  readonly login_hint?: string | undefined;
}

/** Milliseconds in which the second factor must follow the password. */
const stepLifetime = 5 * 60_000;

export async function showSignIn(visit: Visit, asking: Asking, attempt?: Attempt): Promise<HttpResponse> {
  const { base, query, context, view, request } = visit;
  const suffix = query === '' ? '' : `?${query}`;
  const page = signInPage(view, {
    action: `${base}/sign-in${suffix}`,
    csrf: csrfOf('sign_in', visit),
    client_name: asking.client_name,
    login: attempt?.login ?? asking.login_hint,
    problem: attempt?.problem,
    wait_seconds: attempt?.wait_seconds,
    upstreams: context.upstreams.map(({ name, label }) => ({
      label,
      href: `${base}/upstream/${name}${suffix}`,
    })),
    passkey: context.local ? await passkeyRequest(visit, `${base}/passkey${suffix}`) : undefined,
    password: context.local,
  });
  const status = { wrong: 422, passkey: 422, expired: 422, throttled: 429 };
  return pageResponse(page, {
    status: attempt === undefined ? 200 : status[attempt.problem],
    cookies: visit.cookies,
    leads_away: query !== '',
    request_id: request.id,
    retry_after: attempt?.wait_seconds,
  });
}

/** The sign-in page again, for the same authorization request, judged anew. */
export function signInAgain(visit: Visit, ports: Ports, attempt: Attempt): Promise<HttpResponse> {
  const { request, issuer, context, query } = visit;
  if (query === '') return showSignIn(visit, {}, attempt);
  const interaction: Ports['interaction'] = {
    ...ports.interaction,
    session: async () => undefined,
    async ask(_question, { client, login_hint }, again) {
      const asking = { client_name: client.client_name, login_hint };
      return showSignIn(await openVisit(again, issuer, context), asking, attempt);
    },
  };
  return authorize({
    request: { ...request, method: 'GET', query },
    issuer,
    ports: { ...ports, interaction },
  });
}

/** GET: the page by itself, for a user's own account. */
export const signInForm = (context: LoginContext) =>
  pageEndpoint(context, 'sign_in', (visit) => showSignIn({ ...visit, query: '' }, {}));

export const signInWithPassword = (context: LoginContext) =>
  pageEndpoint(context, 'sign_in', async (visit, form, ports) => {
    requireCsrf('sign_in', form, visit);
    refuseUnlessLocal(context);
    const { issuer, request } = visit;
    const login = form.get('login') ?? '';
    const user = await findUserToSignIn(context.reads, login);
    const account = normalizeLogin(login);
    const budget = context.passwordAttempts;
    const admit = admission(budget, account, request.address);
    let good: boolean;
    try {
      admit();
      // As long for nobody as for somebody.
      good = await context.passwords.verify(
        user?.password_hash,
        form.get('password') ?? '',
        admit,
        networkOf(request.address),
      );
    } catch (error) {
      if (!(error instanceof Throttled)) throw error;
      noteRefused(visit, 'too_many_failures', user);
      return signInAgain(visit, ports, { problem: 'throttled', login, wait_seconds: error.wait_seconds });
    }
    if (!good || user === undefined || user.disabled) {
      budget.failed('users', account, request.address);
      const reason = user === undefined ? 'user_unknown' : good ? 'user_disabled' : 'password_wrong';
      noteRefused(visit, reason, user);
      return signInAgain(visit, ports, { problem: 'wrong', login });
    }
    budget.succeeded('users', account, request.address);
    if (user.sealed_totp_secret === null) return completeSignIn(visit, ports, user, { amr: ['pwd'] });
    const step = { user_id: user.id, proof: proofOf(user), browser: visit.browser };
    const sealed = context.forms.sealState(step, 'second factor', context.now() + stepLifetime);
    const href = `${visit.base}/second-factor${visit.query === '' ? '' : `?${visit.query}`}`;
    return redirect(href, [...visit.cookies, setCookie('step', sealed, issuer, stepLifetime / 1000)]);
  });

/** Where users sign in elsewhere, nobody signs in here. */
export function refuseUnlessLocal({ local }: LoginContext): void {
  if (!local)
    throw new OAuthError('access_denied', 'local_sign_in_off', 'Sign in elsewhere.', { status: 403 });
}

/** Which password was verified, without saying so. */
export const proofOf = ({ password_hash }: User): string =>
  createHash('sha256')
    .update(password_hash ?? '')
    .digest('base64url');

export function noteRefused({ request, issuer, context }: Visit, reason: Reason, user?: User): void {
  context.audit.refused({
    request_id: request.id,
    issuer: issuer.name,
    endpoint: 'sign_in',
    error: 'access_denied',
    reason,
    address: request.address,
    ...(user !== undefined && { user_id: user.id }),
  });
}

interface SignedIn {
  readonly amr: readonly string[];
  readonly identity_provider?: string;
  /** Epoch seconds, where the user signed in elsewhere; without it: now. */
  readonly auth_time?: number;
}

/** Makes a session under a new name, ends the one before, and goes on where the user was going. */
export async function completeSignIn(
  visit: Visit,
  ports: Ports,
  user: User,
  how: SignedIn,
): Promise<HttpResponse> {
  const cookie = await startSession(visit, user, how);
  if (cookie === undefined) return signInAgain(visit, ports, { problem: 'wrong' });
  const cookies = [...visit.cookies, cookie.set, clearCookie('step', visit.issuer)];
  const hint = new URLSearchParams(visit.query).get('id_token_hint');
  const hinted = hint === null ? undefined : await readIdToken(hint, visit.issuer, ports);
  if (hinted === undefined || hinted.sub === user.id) return redirect(whereTo(visit), cookies);
  // OpenID Connect Core 1.0 §3.1.2.1: whom the app means has not signed in, and to ask again would have no end.
  const request = { ...visit.request, method: 'GET', query: visit.query };
  const answer = await authorizationOfAnother({ request, issuer: visit.issuer, ports });
  return { ...answer, headers: { ...answer.headers, 'Set-Cookie': cookies } };
}

/** Undefined where the user was disabled, or the password changed, in the meantime. */
export async function startSession(
  visit: Visit,
  user: User,
  { amr, identity_provider, auth_time }: SignedIn,
) {
  const { context, issuer, request, session } = visit;
  const now = context.now();
  // RFC 6265bis leaves it to us: whoever knew the session's name before the sign-in knows nothing now.
  const token = randomBytes(32).toString('base64url');
  const provider = identity_provider ?? 'local';
  const created = await createSession(
    context.db,
    {
      hash: context.forms.sessionHash(token),
      id: randomBytes(16).toString('base64url'),
      user_id: user.id,
      auth_time: auth_time ?? Math.floor(now / 1000),
      amr,
      identity_provider: provider,
      expires_at: now + sessionLifetime,
      replaces: session?.hash,
      // A new password ends what began before it, a sign-in by passkey too; who signs in elsewhere has none here.
      ...(provider === 'local' && user.password_hash !== null && { password_hash: user.password_hash }),
    },
    now,
  );
  if (!created) return undefined;
  const event = { request_id: request.id, issuer: issuer.name, user_id: user.id, address: request.address };
  context.audit.signedIn({ ...event, amr, identity_provider: provider });
  return { token, set: setCookie('session', token, issuer) };
}

/** Back to the authorization request, without what signing in has answered; else to the user's own page. */
function whereTo({ query, issuer, base }: Visit): string {
  const { authorization } = issuer.dialect.paths;
  if (query === '' || authorization === undefined) return base;
  return `${pathOf(issuer)}${authorization}?${answered(query, ['login', 'select_account'], ['max_age'])}`;
}

/** A query without these prompts and parameters: the user has just done what they ask for. */
export function answered(
  query: string,
  prompts: readonly string[],
  parameters: readonly string[] = [],
): string {
  const remaining = new URLSearchParams(query);
  const prompt =
    remaining
      .get('prompt')
      ?.split(' ')
      .filter((each) => each !== '' && !prompts.includes(each)) ?? [];
  remaining.delete('prompt');
  if (prompt.length > 0) remaining.set('prompt', prompt.join(' '));
  for (const name of parameters) remaining.delete(name);
  return remaining.toString();
}
