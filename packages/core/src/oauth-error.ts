// The one error class of the protocol: a public, dull answer and a private, exact reason.
// RFC 6749 §5.2 names the codes; a dialect may spell them otherwise.

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
  };
  /** Further headers of the answer, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A refusal. `error` and `description` are public; `reason` is for the operator's log alone
 * (`secret_expired`, `client_unknown`): two refusals that an attacker must not tell apart share the first
 * two and differ in the third.
 */
export class OAuthError extends Error {
  readonly error: string;
  readonly reason: string;
  readonly description: string;
  readonly status: number | undefined;
  readonly retry_after: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: NonNullable<OAuthErrorOptions['details']>;

  constructor(error: string, reason: string, description: string, options: OAuthErrorOptions = {}) {
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

export const invalidRequest = (reason: string, description: string, options?: OAuthErrorOptions) =>
  new OAuthError('invalid_request', reason, description, options);

/** The same words for every failed authentication, so that the answer tells no client from no secret. */
export const invalidClient = (reason: string, options?: OAuthErrorOptions) =>
  new OAuthError('invalid_client', reason, 'Client authentication failed.', options);

/** The same words for every code and refresh token that is not good (RFC 6749 §5.2). */
export const invalidGrant = (what: 'code' | 'refresh token', reason: string, options?: OAuthErrorOptions) =>
  new OAuthError(
    'invalid_grant',
    reason,
    `The ${what} is invalid, expired, revoked or of another client.`,
    options,
  );
