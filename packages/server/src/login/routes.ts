// Where the pages are: all of them below /account of an issuer, beside the endpoints that a dialect names.

import type { HttpResponse, Issuer } from '@tessera-oauth/core';
import type { PageRoute } from '../model.ts';
import { icon, pageScript, passkeyScript, stylesheet } from '../pages/index.ts';
import { disconnectApp, showAccount } from './account/account.ts';
import { toAccount } from './account/endpoint.ts';
import { chooseOwnLanguage } from './account/language.ts';
import { addOwnPasskey, removeOwnPasskey } from './account/passkeys.ts';
import { changePassword, toPassword } from './account/password.ts';
import { endSession } from './account/sessions.ts';
import { confirmTotp, startTotp, turnOffTotp } from './account/totp.ts';
import { decideConsent, selectAccount } from './consent.ts';
import { askingEndpoint } from './continuations/index.ts';
import { signInWithPasskey } from './methods/passkey.ts';
import { signInWithPassword } from './methods/password.ts';
import { signInForm } from './methods/sign-in-page.ts';
import { codeForm, signInWithCode } from './methods/totp.ts';
import { finishUpstream, startUpstream } from './methods/upstream.ts';
import { resume, signInExternally } from './own-page/external.ts';
import { answerTicket } from './own-page/ticket-answers.ts';
import { askToSignOut, confirmSignOut, showSignedOut, signOutOfAccount } from './sign-out.ts';
import type { LoginContext } from './visit/context.ts';

/** The pages, by their path below `/account`. A link to what only a form leads to leads to that form. */
export const createLoginRoutes = (context: LoginContext): PageRoute[] => {
  const [asking, account] = [askingEndpoint(context, 'sign_in'), toAccount(context)];
  return [
    { path: '', get: showAccount(context) },
    // Addresses that people type, and that programs ask for by themselves.
    { path: '/', get: account },
    { below: 'issuer', path: '', get: account },
    { below: 'issuer', path: '/', get: account },
    { below: 'origin', path: '/', get: account },
    { below: 'origin', path: '/.well-known/change-password', get: toPassword(context) },
    { below: 'origin', path: '/favicon.ico', get: async ({ issuer }) => iconOf(context, issuer) },
    { path: '/icon.svg', get: async ({ issuer }) => iconOf(context, issuer) },
    {
      path: '/sign-in',
      get: context.external === undefined ? signInForm(context) : signInExternally(context),
      post: signInWithPassword(context),
    },
    { path: '/second-factor', get: codeForm(context), post: signInWithCode(context) },
    { path: '/passkey', get: asking, post: signInWithPasskey(context) },
    { path: '/select', get: asking, post: selectAccount(context) },
    { path: '/consent', get: asking, post: decideConsent(context) },
    { path: '/sessions/end', get: account, post: endSession(context) },
    { path: '/disconnect', get: account, post: disconnectApp(context) },
    { path: '/passkeys/add', get: account, post: addOwnPasskey(context) },
    { path: '/passkeys/remove', get: account, post: removeOwnPasskey(context) },
    { path: '/totp/start', get: account, post: startTotp(context) },
    { path: '/totp/confirm', get: account, post: confirmTotp(context) },
    { path: '/totp/off', get: account, post: turnOffTotp(context) },
    { path: '/language', get: account, post: chooseOwnLanguage(context) },
    { path: '/password', get: account, post: changePassword(context) },
    { path: '/sign-out', get: askToSignOut(context), post: signOutOfAccount(context) },
    { path: '/sign-out/confirm', get: askToSignOut(context), post: confirmSignOut(context) },
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
};

const styleOf = ({ themeOf }: LoginContext, issuer: string): string => {
  const { logo_uri, color } = themeOf(issuer) ?? {};
  return stylesheet({
    name: '',
    ...(logo_uri !== undefined && { logo_uri }),
    ...(color !== undefined && { color }),
  });
};

const iconOf = ({ themeOf }: LoginContext, { name, issuer }: Issuer): HttpResponse => {
  const theme = themeOf(name);
  return asset('image/svg+xml', icon(theme?.name ?? new URL(issuer).host, theme?.color));
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
