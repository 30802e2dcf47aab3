// Spells answers in a dialect (RFC 6749 §5.1, §5.2).

import { writeErrorAnswer } from '../answers/error-answer.ts';
import { inWantedMedia } from '../answers/media.ts';
import { type Given, writeTokenAnswer } from '../answers/token-answer.ts';
import type { HttpRequest, HttpResponse, Issuer } from '../model.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Audit, Clock } from '../ports.ts';
import { holdsPresentedSecret, isSecretParameter } from './presented-secrets.ts';

/** A 200 with a JSON body, under the dialect's headers. */
export function renderJson(body: unknown, issuer: Issuer): HttpResponse {
  return { status: 200, headers: issuer.dialect.headers, body: JSON.stringify(body) };
}

/** Tokens, in the dialect's members and in the form that the client wants. */
export const renderTokens = (
  given: Given & { readonly request: Pick<HttpRequest, 'id' | 'headers'> },
): HttpResponse =>
  inWantedMedia(
    { status: 200, headers: given.issuer.dialect.headers, body: writeTokenAnswer(given) },
    given.request,
    given.issuer.dialect,
  );

/** What an endpoint knew when it failed. */
export interface FailureContext {
  readonly request: Pick<HttpRequest, 'id' | 'address' | 'headers' | 'query' | 'body'>;
  readonly issuer: Issuer;
  readonly endpoint: string;
  readonly client_id?: string | undefined;
  readonly grant_type?: string | undefined;
  readonly audit: Audit;
}

/** Writes the line in the log for anything thrown. A fault of ours is told apart from a refusal. */
export function reportRefusal(
  thrown: unknown,
  { request, issuer, endpoint, client_id, grant_type, audit }: FailureContext,
  spell = (refusal: OAuthError): string => refusal.error,
): OAuthError {
  const refusal = thrown instanceof OAuthError ? thrown : serverError(thrown, request.id);
  audit.refused({
    request_id: request.id,
    issuer: issuer.name,
    endpoint,
    error: spell(refusal),
    reason: refusal.reason,
    address: request.address,
    ...(grant_type !== undefined && { grant_type }),
    ...(client_id !== undefined && { client_id }),
    ...printable(refusal.details, request, issuer),
    ...(refusal.cause !== undefined && { cause: refusal.cause }),
  });
  return refusal;
}

/** What is longer is nobody's slip, and would be compared with each of thousands of parameters. */
const longestShown = 500;

/** What was refused comes from a stranger, and stands in a log: cut, and every other character written as its number. */
function printable(
  { parameter, value, ...same }: OAuthError['details'],
  request: FailureContext['request'],
  { dialect }: Issuer,
): OAuthError['details'] {
  const names = dialect.requests?.names;
  const shown = value !== undefined && !isSecretParameter(parameter ?? '');
  return {
    ...same,
    ...(parameter !== undefined && { parameter: visible(parameter, 60) }),
    ...(shown && value.length > longestShown && { value: `… (${value.length} characters)` }),
    ...(shown &&
      value.length <= longestShown &&
      !holdsPresentedSecret(value, request, names) && { value: visible(value, 200) }),
  };
}

function visible(text: string, most: number): string {
  const shown = [...text.slice(0, most)].map((each) =>
    /^[\x20-\x7E]$/.test(each) ? each : `\\u{${each.codePointAt(0)?.toString(16)}}`,
  );
  return shown.join('') + (text.length > most ? `… (${text.length} characters)` : '');
}

/** The answer to anything thrown, in the dialect of the issuer, and its line in the log. */
export function renderError(
  thrown: unknown,
  context: FailureContext & { readonly clock: Clock },
): HttpResponse {
  const { request, issuer, endpoint, clock } = context;
  const { dialect } = issuer;
  const { errors, headers } = dialect;
  const spell = ({ reason, error }: OAuthError) =>
    ownValue(errors.rename, reason) ?? ownValue(errors.rename, error) ?? error;
  const refusal = reportRefusal(thrown, context, spell);
  const status = statusOf(refusal, endpoint, issuer);
  const given = {
    code: refusal.error,
    error: spell(refusal),
    error_description: ownValue(errors.describe, refusal.error) ?? refusal.description,
    status,
    request_id: request.id,
    timestamp: Math.floor(clock.now() / 1000),
  };
  const answer = {
    status,
    headers: {
      ...headers,
      // RFC 6749 §5.2, RFC 7617 §2: a 401 names the scheme to use; the refusal may know of another one.
      ...(status === 401 &&
        errors.challenge && { 'WWW-Authenticate': `Basic realm="${issuer.issuer}", charset="UTF-8"` }),
      ...refusal.headers,
      ...(refusal.retry_after !== undefined && { 'Retry-After': String(refusal.retry_after) }),
      'X-Request-Id': request.id,
    },
    body: writeErrorAnswer(given, dialect),
  };
  return endpoint === 'token' ? inWantedMedia(answer, request, dialect) : answer;
}

const faults: Readonly<Record<string, number>> = { server_error: 500, temporarily_unavailable: 503 };

/** Only clients of the token endpoint read a 200 as a refusal: elsewhere it would say that a token is good, or revoked. */
export function statusOf({ status, error }: OAuthError, endpoint: string, { dialect }: Issuer): number {
  const chosen = ownValue(dialect.errors.status, error) ?? ownValue(faults, error) ?? 400;
  return status ?? (chosen < 400 && endpoint !== 'token' ? 400 : chosen);
}

/** A test may have the mock fail by any name, `constructor` among them. */
const ownValue = <T>(values: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;

const serverError = (cause: unknown, id: string) =>
  new OAuthError('server_error', 'fault', `The server could not answer. Its log explains request ${id}.`, {
    cause,
  });
