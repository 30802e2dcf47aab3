// The company's own sign-in page (docs/own-sign-in-page.md): it gets a signed ticket, its server answers with who the
// user is and what they allowed, and the browser comes back.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  type AuthorizationQuestion,
  type AuthorizationRequest,
  authorizationAllowed,
  authorizationDenied,
  type Endpoint,
  type HttpResponse,
  type Issuer,
  invalidRequest,
  OAuthError,
  type Ports,
  reportRefusal,
  verifySignature,
} from '@tessera/core';
import { z } from 'zod';
import { saveExternalUser } from '../store/identities.ts';
import { useOnce } from '../store/sessions.ts';
import type { LoginContext } from './context.ts';
import { withCookie } from './cookies.ts';
import { redirect } from './respond.ts';
import { startSession } from './sign-in.ts';
import { pageEndpoint, type Visit } from './visit.ts';

const ticketLifetime = 10 * 60_000;
const resultLifetime = 2 * 60_000;

/** What the page's server says; a refusal, or a user. */
const answer = z.union([
  z.strictObject({ ticket: z.string(), error: z.literal('access_denied') }),
  z.strictObject({
    ticket: z.string(),
    subject: z.string().min(1).max(200),
    scope: z.array(z.string()),
    amr: z.array(z.string().max(50)).max(10).default([]),
    /** Epoch seconds. */
    auth_time: z.int().positive().optional(),
    name: z.string().max(200).optional(),
    email: z.string().max(254).optional(),
    email_verified: z.boolean().optional(),
  }),
]);
type Answer = z.infer<typeof answer>;

interface Ticket {
  readonly jti: string;
  readonly exp: number;
  readonly scope: string;
  readonly state: string;
}

interface Underway {
  readonly browser: string;
  readonly query: string;
}

/** Sends the browser to the company's page, with a ticket (a JWT that its key set verifies). */
export async function sendToExternal(
  visit: Visit,
  { ask, ...question }: AuthorizationQuestion,
  { client, scope, login_hint, ui_locales }: AuthorizationRequest,
  { keys }: Pick<Ports, 'keys'>,
): Promise<HttpResponse> {
  const { context, issuer, browser, query, base } = visit;
  const { url } = external(context);
  const exp = context.now() + ticketLifetime;
  const { client_id, client_name, logo_uri, consent_message } = client;
  const claims = {
    iss: issuer.issuer,
    aud: url,
    iat: Math.floor(context.now() / 1000),
    exp: Math.floor(exp / 1000),
    jti: randomBytes(16).toString('base64url'),
    ask,
    client: { client_id, client_name, logo_uri, consent_message },
    scope: scope.join(' '),
    ...('session' in question && { subject: question.session.user_id }),
    ...('remembered' in question && { remembered: question.remembered.join(' ') }),
    ...(login_hint !== undefined && { login_hint }),
    ...(ui_locales !== undefined && { ui_locales }),
    answer_uri: `${new URL(issuer.issuer).origin}${base}/tickets`,
    state: context.forms.sealState({ browser, query } satisfies Underway, 'ticket', exp),
  };
  const target = new URL(url);
  target.searchParams.set('ticket', await signTicket(claims, issuer, keys));
  return redirect(target.toString(), visit.cookies);
}

async function signTicket(claims: object, issuer: Issuer, keys: Ports['keys']): Promise<string> {
  const key = keys.signingKey(issuer.name);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg: key.alg, typ: 'login-ticket+jwt', kid: key.kid })}.${encode(claims)}`;
  return `${input}.${Buffer.from(await key.sign(input)).toString('base64url')}`;
}

/** POST by the page's server: a ticket and its answer, for where to send the browser. */
export const answerTicket =
  (context: LoginContext): Endpoint =>
  async (request, issuer, ports) => {
    try {
      requireSecret(request.headers.authorization, external(context).secret);
      const given = parseAnswer(Buffer.from(request.body).toString());
      const ticket = await openTicket(given.ticket, issuer, context, ports);
      const underway = context.forms.openState<Underway>(ticket.state, 'ticket', context.now());
      if (underway === undefined) throw invalidRequest('ticket_expired', 'The ticket has expired.');
      const asked = ticket.scope.split(' ');
      if ('scope' in given && given.scope.length === 0 && ticket.scope !== '')
        throw invalidRequest('scope_empty', 'The scope is empty; to refuse, send error: access_denied.');
      if ('scope' in given && !given.scope.every((scope) => asked.includes(scope)))
        throw new OAuthError(
          'invalid_scope',
          'scope_not_asked',
          'The scope holds what the app did not ask for.',
        );
      // Last: a request that is refused has used nothing up.
      if (!(await useOnce(context.db, 'ticket', ticket.jti, ticket.exp * 1000)))
        throw invalidRequest('ticket_used', 'The ticket was answered before.');
      const { ticket: _, ...rest } = given;
      const result = { ...underway, id: randomBytes(16).toString('base64url'), answer: rest };
      const sealed = context.forms.sealState(result, 'ticket result', context.now() + resultLifetime);
      return json(200, { redirect_to: `${issuer.issuer}/account/resume?result=${sealed}` });
    } catch (thrown) {
      const refusal = reportRefusal(thrown, { request, issuer, endpoint: 'ticket', audit: ports.audit });
      const status = refusal.status ?? (refusal.reason === 'fault' ? 500 : 400);
      return json(status, { error: refusal.error, error_description: refusal.description });
    }
  };

const json = (status: number, body: object): HttpResponse => ({
  status,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(body),
});

const external = ({ external }: LoginContext) => {
  if (external === undefined)
    throw new OAuthError('not_found', 'login_url_off', 'There is no page of the company’s own.', {
      status: 404,
    });
  return external;
};

function requireSecret(authorization: string | string[] | undefined, secret: string): void {
  const presented = /^bearer +(\S+)$/i.exec(String(authorization ?? ''))?.[1] ?? '';
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(presented), digest(secret)))
    throw new OAuthError('invalid_token', 'login_secret_wrong', 'The secret of login.url is wrong.', {
      status: 401,
    });
}

function parseAnswer(text: string): Answer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidRequest('answer_malformed', 'The body is not JSON.');
  }
  const result = answer.safeParse(parsed);
  if (result.success) return result.data;
  throw invalidRequest(
    'answer_malformed',
    'Expected ticket with subject and scope, or with error: access_denied.',
  );
}

async function openTicket(
  token: string,
  issuer: Issuer,
  context: LoginContext,
  ports: Ports,
): Promise<Ticket> {
  const claims = await verifySignature(token, ports.keys.verificationKeys(issuer.name));
  const { jti, exp, aud, scope, state } = claims ?? {};
  const fits = typeof jti === 'string' && typeof exp === 'number' && typeof scope === 'string';
  if (!fits || typeof state !== 'string' || aud !== external(context).url)
    throw invalidRequest('ticket_unknown', 'This is no ticket of this server.');
  return { jti, exp, scope, state };
}

type Result = Underway & { readonly id: string; readonly answer: Omit<Answer, 'ticket'> };

/** The browser is back: the result counts in the browser that was sent, once. */
export const resume = (context: LoginContext) =>
  pageEndpoint(context, 'sign_in', async (visit, form, ports) => {
    const { forms, now, db } = context;
    const result = forms.openState<Result>(form.get('result'), 'ticket result', now());
    // RFC 9700 §4.7: else an attacker could sign a victim in as himself.
    if (result === undefined || result.browser !== visit.browser)
      throw invalidRequest('ticket_result_foreign', 'This link is not valid here, or not any more.');
    if (!(await useOnce(db, 'ticket result', result.id, now() + resultLifetime)))
      throw invalidRequest('ticket_result_used', 'This link was used before.');
    const underway = { ...visit.request, method: 'GET', query: result.query };
    const given = result.answer as Answer;
    if ('error' in given) return authorizationDenied(underway, visit.issuer, ports);
    const { subject, scope, amr, auth_time, name, email, email_verified } = given;
    const user = await saveExternalUser(db, { id: subject, name, email, email_verified }, now());
    const how = { amr, identity_provider: 'external', ...(auth_time !== undefined && { auth_time }) };
    const session = await startSession(visit, user, how);
    if (session === undefined)
      throw new OAuthError('access_denied', 'user_disabled', 'This account is disabled.', { status: 403 });
    const query = new URLSearchParams(result.query);
    for (const answeredNow of ['prompt', 'max_age']) query.delete(answeredNow);
    query.set('scope', scope.join(' '));
    const signedIn = withCookie(
      { ...underway, query: query.toString() },
      'session',
      session.token,
      visit.issuer,
    );
    const response = await authorizationAllowed(signedIn, visit.issuer, ports);
    return { ...response, headers: { ...response.headers, 'Set-Cookie': [...visit.cookies, session.set] } };
  });
