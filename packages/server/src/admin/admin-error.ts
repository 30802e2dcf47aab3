// The one typed mistake of administration. The command line prints it as one line; an API can answer it as problem
// details (RFC 9457). What is not an AdminError is a fault of ours, or of the database.

/**
 * `not_found`: there is none of that name. `already_exists`: the name or place is taken. `invalid`: a value that cannot
 * be. `conflict`: a value that could be, but not as things are now.
 */
export type AdminErrorCode = 'not_found' | 'already_exists' | 'invalid' | 'conflict';

/** The member that is at fault, in the terms of RFC 7591, RFC 7662 and OpenID Connect. */
export type AdminField =
  | 'name'
  | 'location'
  | 'dialect'
  | 'signing_alg'
  | 'access_token_lifetime'
  | 'token_reuse'
  | 'resources'
  | 'vouched_users'
  | 'theme.name'
  | 'theme.logo_uri'
  | 'theme.logo_uri_dark'
  | 'theme.color'
  | 'theme.support_url'
  | 'theme.privacy_url'
  | 'theme.terms_url'
  | 'theme.forgot_password_url'
  | 'issuer'
  | 'scope'
  | 'description'
  | 'descriptions'
  | 'client_id'
  | 'client_name'
  | 'owner'
  | 'token_endpoint_auth_method'
  | 'client_secret'
  | 'expires_at'
  | 'secret_id'
  | 'grant_types'
  | 'redirect_uris'
  | 'post_logout_redirect_uris'
  | 'logo_uri'
  | 'client_uri'
  | 'policy_uri'
  | 'tos_uri'
  | 'consent_message'
  | 'require_pkce'
  | 'refresh_token_given'
  | 'id_token_signed_response_alg'
  | 'user_id'
  | 'login'
  | 'email'
  | 'email_verified'
  | 'claims'
  | 'password'
  | 'kid'
  | 'grant_id'
  | 'session_id'
  | 'jti'
  | 'token'
  | 'limit'
  | 'after';

/** A mistake of the administrator's. `message` is one line; for `invalid` it tells what was got and what is expected. */
export class AdminError extends Error {
  /** The name of the class. */
  override readonly name = 'AdminError';
  /** Which of the four kinds of mistake it is. */
  readonly code: AdminErrorCode;
  /** Undefined where no single member is at fault. */
  readonly field: AdminField | undefined;
  /** Further mistakes that were found at the same time. */
  readonly others: readonly AdminError[];

  /** `message` is one line, without the name of the field. */
  constructor(
    code: AdminErrorCode,
    field: AdminField | undefined,
    message: string,
    others: readonly AdminError[] = [],
  ) {
    super(message);
    this.code = code;
    this.field = field;
    this.others = others;
  }
}

/** Does each of `works`. Throws the first AdminError of them, which has those of the rest with it. */
export function judgeAll(works: readonly (() => unknown)[]): void {
  const mistakes = works.flatMap((work) => {
    try {
      work();
      return [];
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      return [error, ...error.others];
    }
  });
  const [first, ...others] = mistakes;
  if (first !== undefined) throw new AdminError(first.code, first.field, first.message, others);
}

/** A value that cannot be: `got "x", expected y`. */
export const invalid = (field: AdminField, message: string): AdminError =>
  new AdminError('invalid', field, message);

/** There is none of that name. */
export const notFound = (field: AdminField, message: string): AdminError =>
  new AdminError('not_found', field, message);

/** The name or place is taken. */
export const alreadyExists = (field: AdminField, message: string): AdminError =>
  new AdminError('already_exists', field, message);

/** A value that could be, but not as things are now. */
export const conflict = (field: AdminField | undefined, message: string): AdminError =>
  new AdminError('conflict', field, message);
