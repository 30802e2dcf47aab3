// A user's own page: connected apps, passkeys, second factor, password. What counts asks for a recent sign-in.

import { type HttpResponse, OAuthError, type Parameters, type Ports } from '@tessera-oauth/core';
import { networkOf } from '../../credentials/network.ts';
import { type Account, accountPage } from '../../pages/index.ts';
import { disconnect, listConnectedApps } from '../../store/tables/consents.ts';
import { listPasskeys, removePasskey } from '../../store/tables/passkeys.ts';
import { describeScope, listScopes } from '../../store/tables/scopes.ts';
import { countRecoveryCodes, removeTotp } from '../../store/tables/second-factors.ts';
import { deleteSession, whileSignedIn } from '../../store/tables/sessions.ts';
import { setPassword, type User } from '../../store/tables/users.ts';
import type { LoginContext } from '../context.ts';
import { clearCookie } from '../cookies.ts';
import { passkeyCreation } from '../methods/passkey-options.ts';
import { addPasskeyFrom } from '../methods/passkeys.ts';
import { pageResponse, redirect } from '../respond.ts';
import { noteRefused, startSession } from '../sign-in.ts';
import { admission, Throttled } from '../throttle.ts';
import { csrfOf, pageEndpoint, requireCsrf, type Visit } from '../visit.ts';

/** Milliseconds after a sign-in in which a user may change how they sign in. */
const recent = 15 * 60_000;

export interface SignedInVisit extends Visit {
  readonly session: NonNullable<Visit['session']>;
}

type AccountHandler = (visit: SignedInVisit, form: Parameters, ports: Ports) => Promise<HttpResponse>;

/** A page or a form of the account, for who is signed in; forms prove that they were made here. */
const accountEndpoint = (context: LoginContext, handle: AccountHandler) =>
  pageEndpoint(context, 'account', async (visit, form, ports) => {
    const { session, base, request } = visit;
    if (session === undefined) return redirect(`${base}/sign-in`, visit.cookies);
    const own = { ...visit, query: '', session };
    if (request.method === 'POST') requireCsrf('account', form, own);
    return handle(own, form, ports);
  });

/** The same for what a stolen session must not do; a user who signs in elsewhere has nothing of it here. */
export const sensitiveEndpoint = (context: LoginContext, handle: AccountHandler) =>
  accountEndpoint(context, async (visit, form, ports) => {
    if (visit.session.user.login === null)
      throw new OAuthError('access_denied', 'user_external', 'This account signs in elsewhere.', {
        status: 403,
      });
    const age = context.now() - visit.session.session.auth_time * 1000;
    return age > recent ? redirect(`${visit.base}/sign-in`) : handle(visit, form, ports);
  });

const notices = [
  'disconnected',
  'passkey_added',
  'passkey_removed',
  'totp_on',
  'totp_off',
  'password_changed',
] as const;

export const showAccount = (context: LoginContext) =>
  accountEndpoint(context, async (visit, form) => {
    const notice = notices.find((each) => each === form.get('notice'));
    return accountResponse(visit, { notice });
  });

async function accountResponse(
  visit: SignedInVisit,
  more: Pick<Account, 'notice' | 'problem' | 'wait_seconds'>,
): Promise<HttpResponse> {
  const { context, base, view, request, cookies, session } = visit;
  const { user } = session;
  const apps = await listConnectedApps(context.reads, user.id, context.now());
  const descriptions = new Map(
    (await listScopes(context.reads)).map((row) => [
      `${row.issuer} ${row.name}`,
      describeScope(row, view.language),
    ]),
  );
  const local = user.login !== null && context.local;
  const page = accountPage(view, {
    ...more,
    csrf: csrfOf('account', visit),
    action_base: base,
    user: { name: nameOf(user), ...(user.login !== null && { login: user.login }) },
    apps: apps.map(({ client_name, scope, logo_uri, ...app }) => ({
      ...app,
      name: client_name,
      scopes: scope.map((name) => ({ name, description: descriptions.get(`${app.issuer} ${name}`) ?? '' })),
      logo_uri: logo_uri ?? undefined,
    })),
    passkeys: await listPasskeys(context.reads, user.id),
    totp: user.sealed_totp_secret !== null,
    recovery_codes_left: await countRecoveryCodes(context.reads, user.id),
    passkey_options: local ? await passkeyCreation(visit, user) : undefined,
    local,
  });
  return pageResponse(page, {
    cookies,
    status: more.problem === undefined ? 200 : 422,
    request_id: request.id,
  });
}

export const nameOf = ({ name, login, email, id }: User): string => name ?? login ?? email ?? id;

const done = ({ base }: Visit, notice: (typeof notices)[number]) => redirect(`${base}?notice=${notice}`);

export function noteAction(
  { context, request, issuer, session }: SignedInVisit,
  action: string,
  client_id?: string,
) {
  context.audit.userActed({
    request_id: request.id,
    issuer: issuer.name,
    user_id: session.user.id,
    address: request.address,
    action,
    ...(client_id !== undefined && { client_id }),
  });
}

export const disconnectApp = (context: LoginContext) =>
  accountEndpoint(context, async (visit, form) => {
    const [issuer, client_id] = [form.get('issuer') ?? '', form.get('client_id') ?? ''];
    if (await disconnect(context.db, visit.session.user.id, issuer, client_id, context.now()))
      noteAction(visit, 'disconnected', client_id);
    return done(visit, 'disconnected');
  });

export const addOwnPasskey = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit, form) => {
    await addPasskeyFrom(visit, form, visit.session);
    noteAction(visit, 'passkey_added');
    return done(visit, 'passkey_added');
  });

export const removeOwnPasskey = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit, form) => {
    if (await removePasskey(context.db, visit.session.user.id, form.get('id') ?? ''))
      noteAction(visit, 'passkey_removed');
    return done(visit, 'passkey_removed');
  });

export const turnOffTotp = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit) => {
    const { hash, user } = visit.session;
    if (await whileSignedIn(context.db, hash, (db) => removeTotp(db, user.id, context.now())))
      noteAction(visit, 'totp_off');
    return done(visit, 'totp_off');
  });

/** Ends every session and grant, and starts a session anew for who did it. */
export const changePassword = (context: LoginContext) =>
  accountEndpoint(context, async (visit, form) => {
    const { user } = visit.session;
    const { passwords, passwordAttempts: budget, db, now } = context;
    const [current, wanted] = [form.get('password') ?? '', form.get('new_password') ?? ''];
    const account = user.login ?? user.id;
    const { address } = visit.request;
    const admit = admission(budget, account, address);
    let good: boolean;
    try {
      admit();
      good = await passwords.verify(user.password_hash, current, admit, networkOf(address));
    } catch (error) {
      if (!(error instanceof Throttled)) throw error;
      return accountResponse(visit, { problem: 'throttled', wait_seconds: error.wait_seconds });
    }
    if (!good) {
      budget.failed('users', account, address);
      noteRefused(visit, 'password_wrong', user);
      return accountResponse(visit, { problem: 'wrong' });
    }
    const objection = passwords.objection(wanted, account);
    if (objection !== undefined) return accountResponse(visit, { problem: objection });
    const password_hash = await passwords.hash(wanted);
    if (!(await setPassword(db, user.id, password_hash, now(), { before: user.password_hash })))
      throw new OAuthError(
        'invalid_request',
        'password_changed_meanwhile',
        'The password has been changed meanwhile.',
      );
    noteAction(visit, 'password_changed');
    const changed = { ...user, password_hash };
    // No second factor was shown: what the session was worth, the new one is.
    const { amr, auth_time } = visit.session.session;
    const session = await startSession(visit, changed, { amr, auth_time });
    return redirect(`${visit.base}?notice=password_changed`, session === undefined ? [] : [session.set]);
  });

export const signOutOfAccount = (context: LoginContext) =>
  accountEndpoint(context, async (visit) => {
    await deleteSession(context.db, visit.session.hash);
    noteAction(visit, 'signed_out');
    return redirect(`${visit.base}/signed-out`, [clearCookie('session', visit.issuer)]);
  });
