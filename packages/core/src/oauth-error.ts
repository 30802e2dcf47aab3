// The one error class of the protocol: a public, dull answer and a private, exact reason.
// A dialect may spell the codes otherwise.

import type { Reason } from './reasons.ts';

/** Public error codes: RFC 6749 §4.1.2.1 and §5.2 unless said otherwise. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'server_error'
  | 'temporarily_unavailable'
  /** RFC 8707 §2 */
  | 'invalid_target'
  /** RFC 6750 §3.1 */
  | 'invalid_token'
  | 'insufficient_scope'
  /** OpenID Connect Core 1.0 §3.1.2.6 */
  | 'login_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  /** From HTTP rather than OAuth: nothing is there. */
  | 'not_found';

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
    readonly grant_id?: string;
    readonly redirect_uri?: string;
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
