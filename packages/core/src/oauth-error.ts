// The one error class of the protocol: a public, dull answer and a private, exact reason.
// A dialect may spell the codes otherwise.

import type { Reason } from './reasons.ts';

/** Public error codes: RFC 6749 §4.1.2.1 and §5.2 unless said otherwise. */
export const errorCodes = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'invalid_scope',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  /** RFC 8707 §2 */
  'invalid_target',
  /** RFC 6750 §3.1 */
  'invalid_token',
  'insufficient_scope',
  /** OpenID Connect Core 1.0 §3.1.2.6 */
  'login_required',
  'consent_required',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
  /** From HTTP rather than OAuth: nothing is there. */
  'not_found',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface OAuthErrorOptions {
  /** What went wrong underneath; logged, never sent. */
  readonly cause?: unknown;
  /** An HTTP status that no dialect changes (413, 429, 503): the protocol of HTTP, not of OAuth. */
  readonly status?: number;
  /** Seconds for `Retry-After`. */
  readonly retry_after?: number;
  /** What the log says beside the reason; never sent. */
  readonly details?: {
    readonly client_id?: string;
    readonly client_id_hint?: string;
    readonly user_id?: string;
    readonly grant_id?: string;
    /** The parameter, header or member that was refused, and what it was. */
    readonly parameter?: string;
    readonly value?: string;
  };
  /** Further headers of the answer, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A refusal. `error` and `description` are public; `reason` is for the operator's log alone. Two refusals that an
 * attacker must not tell apart share the first two and differ in the third.
 */
export class OAuthError extends Error {
  readonly error: ErrorCode;
  readonly reason: Reason;
  readonly description: string;
  readonly status: number | undefined;
  readonly retry_after: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: NonNullable<OAuthErrorOptions['details']>;

  constructor(error: ErrorCode, reason: Reason, description: string, options: OAuthErrorOptions = {}) {
    super(`${error} (${reason}): ${description}`, { cause: options.cause });
    this.name = 'OAuthError';
    this.error = error;
    this.reason = reason;
    this.description = description;
    this.status = options.status;
    this.retry_after = options.retry_after;
    this.headers = options.headers ?? {};
    this.details = options.details ?? {};
  }
}

/** The options of an error that is about one parameter. The log shows `value` cut and printable, and none of a secret. */
export const about = (
  parameter: string,
  value?: string,
  more: OAuthErrorOptions['details'] = {},
): OAuthErrorOptions => ({ details: { parameter, ...(value !== undefined && { value }), ...more } });

/** A client that swaps the two fields sends its secret as client_id: the log gets the beginning, half of it at most. */
export function clientIdHint(client_id: string): string {
  const blanks = client_id.trim() === client_id ? '' : ', with white space around it';
  const beginning = client_id.trimStart().slice(0, Math.min(4, client_id.length >> 1));
  return `${beginning}… (${client_id.length} characters${blanks})`;
}

export const invalidRequest = (reason: Reason, description: string, options?: OAuthErrorOptions) =>
  new OAuthError('invalid_request', reason, description, options);

/** The same words for every failed authentication, so that the answer does not tell an unknown client from a wrong secret. */
export const invalidClient = (reason: Reason, options?: OAuthErrorOptions) =>
  new OAuthError('invalid_client', reason, 'Client authentication failed.', options);

/** The same words for every code and refresh token that is not good (RFC 6749 §5.2). */
export const invalidGrant = (what: 'code' | 'refresh token', reason: Reason, options?: OAuthErrorOptions) =>
  new OAuthError(
    'invalid_grant',
    reason,
    `The ${what} is invalid, expired, revoked or of another client.`,
    options,
  );
