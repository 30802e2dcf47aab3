// Where the pages are: all of them below /account of an issuer, beside the endpoints that a dialect names.

import type { HttpResponse } from '@tessera-oauth/core';
import type { PageRoute } from '../model.ts';
import { pageScript, passkeyScript, stylesheet } from '../pages/index.ts';
import { disconnectApp, showAccount, signOutOfAccount } from './account/account.ts';
import { addOwnPasskey, removeOwnPasskey } from './account/passkeys.ts';
import { changePassword } from './account/password.ts';
import { confirmTotp, startTotp, turnOffTotp } from './account/totp.ts';
import { decideConsent, selectAccount } from './consent.ts';
import { signInWithPasskey } from './methods/passkey.ts';
import { signInWithPassword } from './methods/password.ts';
import { signInForm } from './methods/sign-in-page.ts';
import { codeForm, signInWithCode } from './methods/totp.ts';
import { finishUpstream, startUpstream } from './methods/upstream.ts';
import { resume, signInExternally } from './own-page/external.ts';
import { answerTicket } from './own-page/ticket-answers.ts';
import { confirmSignOut, showSignedOut } from './sign-out.ts';
import type { LoginContext } from './visit/context.ts';

/** The pages, by their path below `/account`. */
export const createLoginRoutes = (context: LoginContext): PageRoute[] => [
  { path: '', get: showAccount(context) },
  {
    path: '/sign-in',
    get: context.external === undefined ? signInForm(context) : signInExternally(context),
    post: signInWithPassword(context),
  },
  { path: '/second-factor', get: codeForm(context), post: signInWithCode(context) },
  { path: '/passkey', post: signInWithPasskey(context) },
  { path: '/select', post: selectAccount(context) },
  { path: '/consent', post: decideConsent(context) },
  { path: '/disconnect', post: disconnectApp(context) },
  { path: '/passkeys/add', post: addOwnPasskey(context) },
  { path: '/passkeys/remove', post: removeOwnPasskey(context) },
  { path: '/totp/start', post: startTotp(context) },
  { path: '/totp/confirm', post: confirmTotp(context) },
  { path: '/totp/off', post: turnOffTotp(context) },
  { path: '/password', post: changePassword(context) },
  { path: '/sign-out', post: signOutOfAccount(context) },
  { path: '/sign-out/confirm', post: confirmSignOut(context) },
  { path: '/signed-out', get: showSignedOut(context) },
  { path: '/tickets', post: answerTicket(context) },
  { path: '/resume', get: resume(context) },
  { path: '/style.css', get: async ({ issuer }) => asset('text/css', styleOf(context, issuer.name)) },
  { path: '/passkey.js', get: async () => asset('text/javascript', passkeyScript) },
  { path: '/page.js', get: async () => asset('text/javascript', pageScript) },
  ...context.upstreams.flatMap((upstream) => [
    { path: `/upstream/${upstream.name}`, get: startUpstream(context, upstream) },
    { path: `/upstream/${upstream.name}/callback`, get: finishUpstream(context, upstream) },
  ]),
];

const styleOf = ({ themeOf }: LoginContext, issuer: string): string => {
  const { logo_uri, color } = themeOf(issuer) ?? {};
  return stylesheet({
    name: '',
    ...(logo_uri !== undefined && { logo_uri }),
    ...(color !== undefined && { color }),
  });
};

const asset = (type: string, body: string): HttpResponse => ({
  status: 200,
  headers: {
    'Content-Type': `${type}; charset=utf-8`,
    // It changes with a release or with the theme, and is small.
    'Cache-Control': 'public, max-age=300',
  },
  body,
});
