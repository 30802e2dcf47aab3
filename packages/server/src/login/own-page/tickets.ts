// Tickets for the company's own sign-in page: JWTs that the issuer's key set verifies (RFC 7519, RFC 8725 §3.11), each
// with the continuation sealed in it.

import { randomBytes } from 'node:crypto';
import {
  type AuthorizationQuestion,
  type AuthorizationRequest,
  type Issuer,
  invalidRequest,
  OAuthError,
  type Ports,
  urlBelow,
  verifySignature,
} from '@tessera-oauth/core';
import { type ContinuedVisit, queryOf } from '../continuations/index.ts';
import type { ExternalLogin, LoginContext } from '../visit/context.ts';

/** RFC 8725 §3.11: tells a ticket from whatever else this key signs. */
const typ = 'login-ticket+jwt';

/** Milliseconds. */
const lifetime = 10 * 60_000;

/** What a ticket has sealed: the question, the browser that was sent, and what it comes back to. */
export interface TicketState {
  readonly ask: AuthorizationQuestion['ask'];
  readonly browser: string;
  /** Carries the continuation. */
  readonly query: string;
}

/** The page; throws where the configuration names none. */
export function ownPage({ external }: LoginContext): ExternalLogin {
  if (external !== undefined) return external;
  throw new OAuthError('not_found', 'login_url_off', 'No login.url is configured here.', { status: 404 });
}

export interface OpenedTicket extends TicketState {
  readonly jti: string;
  /** Epoch seconds. */
  readonly iat: number;
  readonly exp: number;
  readonly scope: readonly string[];
  readonly prompt: string;
  readonly max_age: number | undefined;
}

/** `authorization` is undefined where no app asks. */
export function signTicket(
  visit: ContinuedVisit,
  question: AuthorizationQuestion,
  authorization: AuthorizationRequest | undefined,
  keys: Ports['keys'],
): Promise<string> {
  const { context, issuer, browser, continuation } = visit;
  const now = context.now();
  const state: TicketState = { ask: question.ask, browser, query: queryOf(continuation, context) };
  return sign(
    {
      iss: issuer.issuer,
      aud: ownPage(context).url,
      iat: Math.floor(now / 1000),
      exp: Math.floor((now + lifetime) / 1000),
      jti: randomBytes(16).toString('base64url'),
      ask: question.ask,
      ...describe(question, authorization),
      answer_uri: urlBelow(issuer, '/account/tickets'),
      state: context.forms.sealState(state, purpose(issuer), now + lifetime),
    },
    issuer,
    keys,
  );
}

/** Nested: an API that forgets to check `aud` and `typ` must not find the `scope` or `sub` of an access token. */
function describe(question: AuthorizationQuestion, authorization: AuthorizationRequest | undefined) {
  const session = 'session' in question && {
    session: { subject: question.session.user_id, auth_time: question.session.auth_time },
  };
  if (authorization === undefined) return { ...session, request: { scope: [] } };
  const { client, scope, redirect_uri, prompt, max_age, login_hint, ui_locales } = authorization;
  const { client_id, client_name, logo_uri, consent_message } = client;
  return {
    ...session,
    client: { client_id, client_name, logo_uri, consent_message },
    request: {
      scope,
      ...('remembered' in question && { remembered: question.remembered }),
      redirect_uri,
      ...(prompt.length > 0 && { prompt: prompt.join(' ') }),
      // JSON leaves out what is undefined.
      ...{ max_age, login_hint, ui_locales },
    },
  };
}

/** A ticket that this issuer made for that page, and that has not expired. */
export async function openTicket(
  token: string,
  issuer: Issuer,
  context: LoginContext,
  { keys }: Ports,
): Promise<OpenedTicket> {
  const { forms, now } = context;
  const claims = await verifySignature(token, keys.verificationKeys(issuer.name), typ);
  if (typeof claims?.state !== 'string' || claims.aud !== ownPage(context).url)
    throw invalidRequest('ticket_unknown', 'This is no ticket of this issuer for this page.');
  const state = forms.openState<TicketState>(claims.state, purpose(issuer), now());
  if (state === undefined)
    throw invalidRequest('ticket_expired', 'The ticket has expired: the user has to start again in the app.');
  // The signature is ours, so the claims have the shape that `signTicket` gave them.
  const { jti, iat, exp, request } = claims as unknown as OpenedTicket & { request: OpenedTicket };
  const { scope, prompt = '', max_age } = request;
  return { ...state, jti, iat, exp, scope, prompt, max_age };
}

const purpose = ({ name }: Issuer): string => `ticket/${name}`;

async function sign(claims: object, issuer: Issuer, keys: Ports['keys']): Promise<string> {
  const key = keys.signingKey(issuer.name);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg: key.alg, typ, kid: key.kid })}.${encode(claims)}`;
  return `${input}.${Buffer.from(await key.sign(input)).toString('base64url')}`;
}
