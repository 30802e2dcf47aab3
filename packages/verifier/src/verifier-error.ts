// The one error of this package: a code for programs, words that say what to mend, and how to answer (RFC 6750 §3.1).

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
  scope_missing: [403, 'insufficient_scope'],
  keys_unavailable: [503, 'temporarily_unavailable'],
  revocation_unknown: [503, 'temporarily_unavailable'],
} as const satisfies Record<string, readonly [status: number, error: string | undefined]>;

export type VerifierErrorCode = keyof typeof answers;

export const verifierErrorCodes = Object.keys(answers) as readonly VerifierErrorCode[];

/** Nothing of the token is in it: it can be logged, and shown to who sent the token. */
export class VerifierError extends Error {
  readonly code: VerifierErrorCode;
  /** Of the answer. */
  readonly status: number;
  /** The error code of RFC 6750 §3.1; undefined where a request had no token at all. */
  readonly error: string | undefined;
  /** The scopes that the route wants, where the token lacks one. */
  readonly scope: readonly string[] | undefined;

  constructor(
    code: VerifierErrorCode,
    message: string,
    more: { readonly cause?: unknown; readonly scope?: readonly string[] } = {},
  ) {
    super(message, 'cause' in more ? { cause: more.cause } : undefined);
    this.name = 'VerifierError';
    this.code = code;
    [this.status, this.error] = answers[code];
    this.scope = more.scope;
  }
}
