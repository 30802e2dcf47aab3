// Where the pages are: all of them below /account of an issuer, but for the endpoints that a dialect names.

import { isUtf8 } from 'node:buffer';
import { authorizationEndpoint, type Endpoint, type HttpResponse, isForm } from '@tessera-oauth/core';
import { passkeyScript, stylesheet, submitScript } from '../pages/index.ts';
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
import { confirmSignOut, endSession, showSignedOut } from './sign-out.ts';
import type { LoginContext } from './visit/context.ts';
import { readCookie } from './visit/cookies.ts';
import { redirect } from './visit/respond.ts';
import { pathOf } from './visit/visit.ts';

/** Below `/account`, by path; what a GET and what a POST is answered by. */
interface PageRoute {
  readonly path: string;
  readonly get?: Endpoint;
  readonly post?: Endpoint;
}

export interface LoginRoutes {
  readonly pages: readonly PageRoute[];
  readonly authorization: Endpoint;
  readonly endSession: Endpoint;
}

export function createLoginRoutes(context: LoginContext): LoginRoutes {
  const pages: PageRoute[] = [
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
    { path: '/style.css', get: async (_, { name }) => asset('text/css', styleOf(context, name)) },
    { path: '/passkey.js', get: async () => asset('text/javascript', passkeyScript) },
    { path: '/submit.js', get: async () => asset('text/javascript', submitScript) },
    ...context.upstreams.flatMap((upstream) => [
      { path: `/upstream/${upstream.name}`, get: startUpstream(context, upstream) },
      { path: `/upstream/${upstream.name}/callback`, get: finishUpstream(context, upstream) },
    ]),
  ];
  return { pages, authorization: authorize, endSession: endSession(context) };
}

/**
 * A request that comes as a form becomes one that comes as a link: what is judged, shown and allowed is one text. A form
 * of another site comes without cookies, too (SameSite=Lax), and a link with them.
 */
const authorize: Endpoint = async (request, issuer, ports) => {
  if (request.method !== 'POST') return authorizationEndpoint(request, issuer, ports);
  const query = Buffer.from(request.body).toString();
  // What is no form is refused by the core, on a page.
  if (!isForm(request) || !isUtf8(request.body)) return authorizationEndpoint(request, issuer, ports);
  const fits = query.length < 8000 && /^[\x21-\x7E]*$/.test(query);
  if (readCookie(request, 'session', issuer) === undefined && fits)
    return redirect(`${pathOf(issuer)}${issuer.dialect.paths.authorization}?${query}`);
  return authorizationEndpoint({ ...request, method: 'GET', query, body: new Uint8Array() }, issuer, ports);
};

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
    'X-Content-Type-Options': 'nosniff',
  },
  body,
});
