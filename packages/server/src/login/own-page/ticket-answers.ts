// What the server of the company's own sign-in page answers to a ticket: the user and what they allowed, or that they
// refused (docs/own-sign-in-page.md).

import { hash, timingSafeEqual } from 'node:crypto';
import {
  type Handler,
  type HttpRequest,
  type HttpResponse,
  type Issuer,
  invalidRequest,
  OAuthError,
  parseJson,
  type Reason,
  reportRefusal,
  urlBelow,
} from '@tessera-oauth/core';
import { z } from 'zod';
import { takeOnce, useOnce } from '../../store/tables/used-once.ts';
import { nameFrom } from '../../words.ts';
import type { LoginContext } from '../visit/context.ts';
import { isPlainText } from '../visit/plain-text.ts';
import { type OpenedTicket, openTicket, ownPage, type TicketState } from './tickets.ts';

/** Milliseconds in which the browser must be back. */
const resultLifetime = 2 * 60_000;
/** Seconds by which the clock of the page's server may be wrong. */
const clockTolerance = 10;
/** Milliseconds for which a result that is too old still tells where the browser was going. */
const remembered = 24 * 3_600_000;

const refusal = z.strictObject({ ticket: z.string(), error: z.literal('access_denied') });
const plain = z.string().refine(isPlainText, 'text without control characters');
const permission = z.strictObject({
  ticket: z.string(),
  subject: plain.min(1).max(200),
  scope: z.array(z.string()),
  /** Epoch seconds. */
  auth_time: z.int().positive().optional(),
  amr: z.array(plain.min(1).max(50)).max(10).default([]),
  name: plain
    .max(200)
    .transform((text) => nameFrom(text))
    .optional(),
  email: plain.max(254).optional(),
  email_verified: z.boolean().optional(),
});
export type Permission = Omit<z.infer<typeof permission>, 'ticket'>;

/** An answer on its way back through the browser. */
interface Result extends TicketState {
  readonly id: string;
  readonly answer: Permission | Omit<z.infer<typeof refusal>, 'ticket'>;
}

/** POST: takes a ticket and its answer; tells where to send the browser. */
export const answerTicket =
  (context: LoginContext): Handler =>
  async ({ request, issuer, ports }) => {
    try {
      requireSecret(request, issuer, context);
      const { ticket: token, ...answer } = parseAnswer(Buffer.from(request.body).toString());
      const ticket = await openTicket(token, issuer, context, ports);
      if (!('error' in answer)) {
        judge(answer, ticket, Math.floor(context.now() / 1000));
        // RFC 9700 §4.15: an API that reads a token must not take a user for the client of that name.
        if ((await ports.store.findClient(issuer.name, answer.subject)) !== undefined)
          throw invalidRequest('subject_is_client', 'subject: is the client_id of an app.');
      }
      // Last: an answer that is refused must not use the ticket up.
      if (!(await useOnce(context.db, 'ticket', ticket.jti, ticket.exp * 1000)))
        throw invalidRequest('ticket_used', 'The ticket was answered before.');
      const result = await keepResult({ ...stateOf(ticket), id: ticket.jti, answer }, issuer, context);
      return json(200, { redirect_to: urlBelow(issuer, `/account/resume?result=${result}`) }, request);
    } catch (thrown) {
      const refused = reportRefusal(thrown, { request, issuer, endpoint: 'ticket', audit: ports.audit });
      const { error, description, headers, retry_after, reason } = refused;
      const status = refused.status ?? (reason === 'fault' ? 500 : 400);
      const wait = retry_after !== undefined && { 'Retry-After': String(retry_after) };
      return json(status, { error, error_description: description }, request, { ...headers, ...wait });
    }
  };

const json = (status: number, body: object, { id }: HttpRequest, headers = {}): HttpResponse => ({
  status,
  headers: {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Request-Id': id,
    ...headers,
  },
  body: JSON.stringify(body),
});

/** The page's server proves itself by its secret, which is too long to be guessed: nothing is counted. */
function requireSecret({ headers }: HttpRequest, issuer: Issuer, context: LoginContext): void {
  const { secret } = ownPage(context);
  const presented = /^bearer +(\S+)$/i.exec(String(headers.authorization ?? ''))?.[1];
  const digest = (text: string) => hash('sha256', text, 'buffer');
  if (presented !== undefined && timingSafeEqual(digest(presented), digest(secret))) return;
  const reason = presented === undefined ? 'login_secret_missing' : 'login_secret_wrong';
  throw new OAuthError('invalid_token', reason, 'Send the secret of login.url as Authorization: Bearer.', {
    status: 401,
    // RFC 6750 §3
    headers: { 'WWW-Authenticate': `Bearer realm="${issuer.issuer}"` },
  });
}

function parseAnswer(text: string) {
  const parsed = parseJson(text);
  if (parsed === undefined) throw invalidRequest('answer_malformed', 'The body is not JSON.');
  const { data, error } = ('error' in Object(parsed) ? refusal : permission).safeParse(parsed);
  if (data !== undefined) return data;
  const { path = [], message = '' } = error?.issues[0] ?? {};
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  throw invalidRequest('answer_malformed', `${where}${message}`);
}

/** Throws where the page allows more than was asked, or accepts an older sign-in than was asked. `now` in seconds. */
function judge({ scope, auth_time }: Permission, ticket: OpenedTicket, now: number): void {
  if (!scope.every((each) => ticket.scope.includes(each)))
    throw new OAuthError('invalid_scope', 'scope_not_asked', 'scope: holds what the app did not ask for.');
  // A later request without scope would mean every scope, and the user has allowed none.
  if (scope.length === 0 && ticket.scope.length > 0)
    throw invalidRequest('scope_empty', 'scope: is empty; to refuse, send error: access_denied.');
  if (auth_time === undefined) return;
  if (auth_time > now + clockTolerance)
    throw invalidRequest('auth_time_ahead', 'auth_time: is in the future; it counts seconds.');
  // OpenID Connect Core 1.0 §3.1.2.1: the app asks by prompt=login and max_age, and the page has to comply.
  const { prompt, max_age = Number.POSITIVE_INFINITY, iat } = ticket;
  const longest = prompt.split(' ').includes('login') ? 0 : max_age;
  if (auth_time < iat - longest - clockTolerance)
    throw invalidRequest('auth_time_too_old', 'auth_time: the app wants a newer sign-in (prompt, max_age).');
}

const stateOf = ({ ask, browser, query }: OpenedTicket): TicketState => ({ ask, browser, query });

const purpose = ({ name }: Issuer): string => `ticket result/${name}`;

const namespace = 'ticket result';
const rowOf = (sealed: string): string => hash('sha256', sealed, 'base64url');

/** Sealed, and with a row that only the page's own answer makes: a stolen master key alone signs nobody in. */
async function keepResult(result: Result, issuer: Issuer, { forms, now, db }: LoginContext): Promise<string> {
  const expires_at = now() + resultLifetime;
  const sealed = forms.sealState(result, purpose(issuer), expires_at);
  await useOnce(db, namespace, rowOf(sealed), expires_at);
  return sealed;
}

/**
 * The result that a browser brings back, once, if it is the browser that was sent. Else `query` is where it was going, which
 * carries nothing but the app's own request.
 */
export async function takeResult(
  sealed: string | undefined,
  browser: string,
  issuer: Issuer,
  { forms, now, db }: LoginContext,
): Promise<Result | { readonly query: string; readonly reason: Reason }> {
  const result = forms.openState<Result>(sealed, purpose(issuer), now());
  // RFC 9700 §4.7: else attackers could sign victims in to the attackers' own accounts.
  if (sealed === undefined || result?.browser !== browser) {
    const told = forms.openState<Result>(sealed, purpose(issuer), now() - remembered);
    return { query: told?.query ?? '', reason: 'ticket_result_foreign' };
  }
  if (await takeOnce(db, namespace, rowOf(sealed))) return result;
  return { query: result.query, reason: 'ticket_result_used' };
}
