// Two-step sign-in of an account, turned on and off: a new TOTP secret counts once a code proves that an app has it.

import { renderSVG } from 'uqr';
import { generateTotpSecret, totpSecretText, totpUri, verifyTotp } from '../../credentials/totp.ts';
import { recoveryCodesPage, totpSetupPage } from '../../pages/index.ts';
import { replaceRecoveryCodes } from '../../store/tables/recovery-codes.ts';
import { whileSignedIn } from '../../store/tables/sessions.ts';
import { removeTotp, setTotp } from '../../store/tables/totp.ts';
import type { LoginContext } from '../visit/context.ts';
import { clearCookie, readCookie, setCookie } from '../visit/cookies.ts';
import { logSignInRefused, logUserAction } from '../visit/events.ts';
import { csrfOf } from '../visit/forms.ts';
import { pageResponse, redirect } from '../visit/respond.ts';
import { done, noticeHref, type SignedInVisit, sensitiveEndpoint } from './endpoint.ts';

/** Milliseconds. */
const setupLifetime = 10 * 60_000;

interface Setup {
  readonly user_id: string;
  readonly secret: string;
}

export const startTotp = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit) => {
    const secret = generateTotpSecret();
    const setup: Setup = { user_id: visit.session.user.id, secret: secret.toString('base64url') };
    const sealed = context.forms.sealState(setup, 'totp setup', context.now() + setupLifetime);
    return show(visit, secret, [setCookie('totp', sealed, visit.issuer, setupLifetime / 1000)]);
  });

export const confirmTotp = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit, form) => {
    const { forms, db, now, totpSecrets, recoveryCodes } = context;
    const { user } = visit.session;
    const setup = forms.openState<Setup>(
      readCookie(visit.request, 'totp', visit.issuer),
      'totp setup',
      now(),
    );
    if (setup?.user_id !== user.id) return redirect(visit.base);
    const secret = Buffer.from(setup.secret, 'base64url');
    const step = verifyTotp(secret, form.get('code') ?? '', now());
    if (step === undefined) return show(visit, secret, [], 'wrong');
    const { codes, hashes } = recoveryCodes.generate();
    const sealed = totpSecrets.seal(secret, user.id);
    const turnedOn = await whileSignedIn(
      db,
      visit.session.hash,
      async (transaction) =>
        (await setTotp(transaction, user.id, sealed, step, now())) &&
        replaceRecoveryCodes(transaction, user.id, hashes, now()),
    );
    if (turnedOn !== true) {
      logSignInRefused(visit, 'totp_on_already', user);
      return done(visit, 'totp_on');
    }
    logUserAction(visit, user, 'totp_on');
    const page = recoveryCodesPage(visit.view, { codes, continue_href: noticeHref(visit, 'totp_on') });
    return pageResponse(page, { cookies: [clearCookie('totp', visit.issuer)], request_id: visit.request.id });
  });

export const turnOffTotp = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit) => {
    const { hash, user } = visit.session;
    if (await whileSignedIn(context.db, hash, (db) => removeTotp(db, user.id, context.now())))
      logUserAction(visit, user, 'totp_off');
    return done(visit, 'totp_off');
  });

function show(visit: SignedInVisit, secret: Buffer, cookies: readonly string[], problem?: 'wrong') {
  const { view, base, session, request } = visit;
  const otpauth_uri = totpUri(secret, view.theme.name, session.user.login ?? session.user.id);
  const page = totpSetupPage(view, {
    csrf: csrfOf('account', visit),
    action: `${base}/totp/confirm`,
    secret: totpSecretText(secret),
    otpauth_uri,
    // ISO/IEC 18004: a quiet zone four modules wide.
    qr_svg: renderSVG(otpauth_uri, { border: 4 }),
    problem,
  });
  return pageResponse(page, { status: problem === undefined ? 200 : 422, cookies, request_id: request.id });
}
