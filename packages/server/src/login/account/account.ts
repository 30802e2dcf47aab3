// A user's own account page: connected apps, passkeys, TOTP and password.

import type { HttpResponse } from '@tessera-oauth/core';
import { type Account, accountPage } from '../../pages/index.ts';
import { disconnect, listConnectedApps } from '../../store/tables/consents.ts';
import { listPasskeys } from '../../store/tables/passkeys.ts';
import { countRecoveryCodes } from '../../store/tables/recovery-codes.ts';
import { describeScope, listScopes, undescribed } from '../../store/tables/scopes.ts';
import type { LoginContext } from '../visit/context.ts';
import { displayName } from '../visit/display-name.ts';
import { logUserAction } from '../visit/events.ts';
import { csrfOf } from '../visit/forms.ts';
import { pageResponse } from '../visit/respond.ts';
import { accountEndpoint, done, notices, type SignedInVisit } from './endpoint.ts';
import { passkeyCreation } from './passkey-creation.ts';
import { describeSessions } from './sessions.ts';

export const showAccount = (context: LoginContext) =>
  accountEndpoint(context, async (visit, form) => {
    const notice = notices.find((each) => each === form.get('notice'));
    return accountResponse(visit, { notice });
  });

/** The page, with the outcome of what the user has just done. */
export async function accountResponse(
  visit: SignedInVisit,
  outcome: Pick<Account, 'notice' | 'problem' | 'wait_seconds'>,
): Promise<HttpResponse> {
  const { context, base, view, request, cookies, session } = visit;
  const { user } = session;
  const local = user.login !== null && context.local;
  const page = accountPage(view, {
    ...outcome,
    csrf: csrfOf('account', visit),
    action_base: base,
    user: { name: displayName(user), ...(user.login !== null && { login: user.login }) },
    apps: await describeApps(user.id, view.language, context),
    sessions: await describeSessions(visit),
    passkeys: await listPasskeys(context.reads, user.id),
    totp: user.sealed_totp_secret !== null,
    recovery_codes_left: await countRecoveryCodes(context.reads, user.id),
    passkey_options: local ? await passkeyCreation(visit, user) : undefined,
    local,
  });
  const status = outcome.problem === undefined ? 200 : 422;
  return pageResponse(page, { cookies, status, request_id: request.id });
}

async function describeApps(
  user_id: string,
  language: string,
  { reads, now }: LoginContext,
): Promise<Account['apps']> {
  const apps = await listConnectedApps(reads, user_id, now());
  const rows = new Map((await listScopes(reads)).map((row) => [`${row.issuer} ${row.name}`, row]));
  return apps.map(({ client_name, scope, logo_uri, ...app }) => ({
    ...app,
    name: client_name,
    scopes: scope.map((name) => {
      const row = rows.get(`${app.issuer} ${name}`) ?? undescribed;
      return { name, description: describeScope(row, language), sensitive: row.sensitive };
    }),
    logo_uri: logo_uri ?? undefined,
  }));
}

export const disconnectApp = (context: LoginContext) =>
  accountEndpoint(context, async (visit, form) => {
    const { user } = visit.session;
    const [issuer, client_id] = [form.get('issuer') ?? '', form.get('client_id') ?? ''];
    if (await disconnect(context.db, user.id, issuer, client_id, context.now()))
      logUserAction(visit, user, 'disconnected', client_id);
    return done(visit, 'disconnected');
  });
