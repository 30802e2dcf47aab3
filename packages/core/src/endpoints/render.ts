// Spells answers in a dialect (RFC 6749 §5.1, §5.2).

import type { HttpRequest, HttpResponse, Issuer, TokenSet } from '../model.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Audit } from '../ports.ts';
import { holdsPresentedSecret, isSecretParameter } from './presented-secrets.ts';

/** A 200 with a JSON body, under the dialect's headers. */
export function renderJson(body: unknown, issuer: Issuer): HttpResponse {
  return { status: 200, headers: issuer.dialect.headers, body: JSON.stringify(body) };
}

export function renderTokens(tokens: TokenSet, issuer: Issuer): HttpResponse {
  const { dialect } = issuer;
  return renderJson(
    {
      access_token: tokens.access_token,
      token_type: tokens.token_type,
      expires_in: dialect.expires_in === 'string' ? String(tokens.expires_in) : tokens.expires_in,
      ...(tokens.scope.length > 0 && { scope: tokens.scope.join(dialect.scope.delimiter) }),
      ...(tokens.refresh_token !== undefined && { refresh_token: tokens.refresh_token }),
      ...(tokens.id_token !== undefined && { id_token: tokens.id_token }),
    },
    issuer,
  );
}

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
    ...printable(refusal.details, request),
    ...(refusal.cause !== undefined && { cause: refusal.cause }),
  });
  return refusal;
}

/** What was refused comes from a stranger, and stands in a log: cut, and every other character written as its number. */
function printable(
  { parameter, value, ...same }: OAuthError['details'],
  request: FailureContext['request'],
): OAuthError['details'] {
  const shown =
    value !== undefined && !isSecretParameter(parameter ?? '') && !holdsPresentedSecret(value, request);
  return {
    ...same,
    ...(parameter !== undefined && { parameter: visible(parameter, 60) }),
    ...(shown && { value: visible(value, 200) }),
  };
}

function visible(text: string, most: number): string {
  const shown = [...text.slice(0, most)].map((each) =>
    /^[\x20-\x7E]$/.test(each) ? each : `\\u{${each.codePointAt(0)?.toString(16)}}`,
  );
  return shown.join('') + (text.length > most ? `… (${text.length} characters)` : '');
}

/** The answer to anything thrown, in the dialect of the issuer, and its line in the log. */
export function renderError(thrown: unknown, context: FailureContext): HttpResponse {
  const { request, issuer } = context;
  const { errors, headers } = issuer.dialect;
  const spell = ({ reason, error }: OAuthError) => errors.rename[reason] ?? errors.rename[error] ?? error;
  const refusal = reportRefusal(thrown, context, spell);
  const error = spell(refusal);
  const status = refusal.status ?? errors.status[refusal.error] ?? 400;
  const body: Record<string, string> = {};
  for (const member of errors.body) body[member] = member === 'error' ? error : refusal.description;
  return {
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
    body: JSON.stringify(body),
  };
}

const serverError = (cause: unknown, id: string) =>
  new OAuthError('server_error', 'fault', `The server could not answer. Its log explains request ${id}.`, {
    cause,
  });
