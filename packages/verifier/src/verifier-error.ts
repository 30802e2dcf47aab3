// The one error of this package: a code for programs, a sentence that says what to do, and the answer (RFC 6750 §3.1).

const answers = {
  token_missing: [401, undefined],
  authorization_malformed: [400, 'invalid_request'],
  token_malformed: [401, 'invalid_token'],
  algorithm_refused: [401, 'invalid_token'],
  type_refused: [401, 'invalid_token'],
  key_unknown: [401, 'invalid_token'],
  signature_wrong: [401, 'invalid_token'],
  claim_missing: [401, 'invalid_token'],
  claim_malformed: [401, 'invalid_token'],
  issuer_wrong: [401, 'invalid_token'],
  audience_wrong: [401, 'invalid_token'],
  token_expired: [401, 'invalid_token'],
  token_not_yet_valid: [401, 'invalid_token'],
  token_revoked: [401, 'invalid_token'],
  token_bound: [401, 'invalid_token'],
  scope_missing: [403, 'insufficient_scope'],
  keys_unavailable: [503, 'temporarily_unavailable'],
  revocation_unknown: [503, 'temporarily_unavailable'],
} as const satisfies Record<string, readonly [status: number, error: string | undefined]>;

/** Why a token was refused, or could not be judged; docs/verifying-tokens.md explains each code. */
export type VerifierErrorCode = keyof typeof answers;

/** Every code that a {@link VerifierError} can have. */
export const verifierErrorCodes = Object.keys(answers) as readonly VerifierErrorCode[];

/** Why a token is not accepted. It contains nothing of the token, so it can be logged and shown to the sender. */
export class VerifierError extends Error {
  /** Why, for programs. */
  readonly code: VerifierErrorCode;
  /** The HTTP status of the answer: 400, 401, 403 or 503. */
  readonly status: number;
  /**
   * The `error` of the answer: a code of RFC 6750 §3.1, or `temporarily_unavailable` with 503; undefined if the request
   * had no token at all.
   */
  readonly error: string | undefined;
  /** The scopes that the route requires, if the token lacks one of them. */
  readonly scope: readonly string[] | undefined;

  /** `cause` is what kept the server from being asked; `scope` goes with the code `scope_missing`. */
  constructor(
    code: VerifierErrorCode,
    message: string,
    details: { readonly cause?: unknown; readonly scope?: readonly string[] } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = 'VerifierError';
    this.code = code;
    [this.status, this.error] = answers[code];
    this.scope = details.scope;
  }
}
