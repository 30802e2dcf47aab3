// Every reason for which a request is refused, with what it tells the operator. Private: a reason stands in the log and
// in metrics, never in an answer. The table in docs/operations/log.md is made of this list.

export const reasonGroups = {
  'Client authentication': {
    client_unknown: 'no client of this issuer has this client_id',
    client_disabled: 'the client is disabled',
    secret_wrong: 'none of the client’s secrets is this one',
    secret_expired: 'the secret was right and has expired',
    secret_revoked: 'the secret was right and is revoked',
    secret_missing: 'a client_id alone, or with an empty secret, of a client that has a secret',
    method_not_registered: 'the secret was right, and the client is registered for another method',
    client_authentication_missing: 'the request holds no credentials',
    authorization_scheme: 'an Authorization header that is not Basic',
    client_authentication_unsupported: 'a method that the dialect does not take',
    two_client_authentications: 'credentials in two places, or of two clients',
    basic_malformed: 'an Authorization header that is Basic and cannot be read',
    client_id_missing: 'a client_secret without a client_id, or an authorization request without one',
    public_client: 'a public client where only confidential ones may ask',
    too_many_failures: 'over the limit of failed attempts: 429 with Retry-After',
    slow_hash_queue_full: 'too many imported secrets or passwords to verify at once: 503 with Retry-After',
  },
  'The grant': {
    grant_type_missing: 'no grant_type',
    grant_type_unsupported: 'the dialect has no such grant_type',
    grant_type_not_allowed: 'the client is not registered for it',
    scope_missing: 'the dialect wants a scope named',
    scope_not_allowed: 'a scope that the client, the grant or the token does not have',
    scope_empty: 'a list of scopes with nothing in it',
    resource_unknown: 'no API of this issuer has this resource indicator',
  },
  'Authorization codes': {
    code_missing: 'no code',
    code_unknown: 'not a code of this server, or of a grant that is gone',
    code_expired: 'too old',
    code_replayed:
      'used a second time, by somebody with a copy: the grant is revoked. Logged as `warn`; look into it',
    code_of_another_client: 'given to another client',
    redirect_uri_missing: 'not named where it must be',
    redirect_uri_mismatch: 'not the one of the authorization request',
    code_challenge_missing: 'PKCE is required',
    code_challenge_method: 'a method other than S256',
    code_challenge_malformed: 'not the base64url of a SHA-256',
    code_verifier_missing: 'the code was asked for with PKCE',
    code_verifier_wrong: 'does not fit the challenge',
    code_verifier_malformed: 'not 43 to 128 of the allowed characters',
    code_verifier_unexpected: 'the code was asked for without PKCE: the mark of a downgrade',
  },
  'Refresh tokens and grants': {
    refresh_token_missing: 'no refresh_token',
    refresh_token_unknown: 'not a refresh token of this server, or of a grant that is gone',
    refresh_token_expired: 'not used for too long',
    refresh_token_of_another_client: 'given to another client',
    refresh_token_ahead: 'newer than the database, which was restored from a copy',
    refresh_token_repeated:
      'used again a moment after its successor was given, and given the same one: a client that asked twice or lost the answer, or somebody with a copy. Told by a token that was issued; compare the addresses',
    refresh_token_replayed:
      'used again after its successor, by somebody with a copy: the grant is revoked. Logged as `warn`; look into it',
    grant_revoked: 'the grant has ended',
    user_unknown: 'the user is gone',
    user_disabled: 'the user is disabled',
    user_of_another_owner: 'a client vouches for a user who is not of its owner',
    vouching_ended: 'the user has turned away the client that vouches',
  },
  'Authorization requests': {
    redirect_uri_unknown: 'not one that the client registered',
    redirect_uri_none: 'the client has registered none',
    response_type_missing: 'no response_type',
    response_type_unsupported: 'a response_type other than code',
    request_too_long: 'longer than the pages can carry, with all that it stands for',
    response_mode_unknown: 'a response_mode that does not exist',
    nonce_too_long: 'over 512 characters',
    prompt_unknown: 'a prompt that does not exist',
    prompt_none_and_more: 'none beside another prompt',
    max_age_malformed: 'not a number of seconds',
    request_present: 'request objects are not supported',
    request_uri_present: 'request objects are not supported',
    registration_present: 'the registration parameter is not supported',
    not_signed_in: 'prompt=none, and nobody is signed in',
    consent_missing: 'prompt=none, and the user has not allowed all of it',
    client_could_be_anybody:
      'prompt=none of a public client on a loopback address or a scheme of its own, where users are asked each time; see `login.loopback_origins`',
    session_ended: 'the user signed out meanwhile',
    consent_refused: 'the user said no',
    user_of_another_hint: 'another user signed in than the id_token_hint means',
    sign_in_not_recent:
      'the app wants a sign-in of now (prompt=login) or not older than max_age, and the provider shows none',
  },
  'Signing users in and out': {
    password_wrong: 'an unknown login, or a wrong password',
    code_wrong: 'a wrong code of an authenticator app, or recovery code',
    passkey_wrong: 'the signature does not fit',
    passkey_unknown: 'no such passkey',
    passkey_of_another: 'the authenticator does not name the user whose passkey it is',
    passkey_copied: 'its counter went back: there are two of it',
    password_changed_meanwhile: 'the password was changed twice at once',
    passkey_malformed: 'a new passkey that cannot be read',
    totp_on_already: 'an authenticator app is turned on that is on',
    totp_off: 'a code for an authenticator app that is off',
    user_external: 'the user signs in elsewhere, and has no password or passkey here',
    local_sign_in_off: 'users of this deployment do not sign in with a password here',
    form_forged: 'a form of another origin, or without a token: no page of ours sends such a form',
    form_stale:
      'a form that is not, or no longer, of this browser, session and page: the question is asked anew',
    upstream_state: 'an answer of a provider that this browser did not ask for, or that is old or used',
    upstream_cancelled: 'the user did not sign in at the provider',
    upstream_refused: 'the provider said no, or something that cannot be true; `cause` has its error',
    upstream_unreachable: 'the provider did not answer, or not as it should; `cause` says more',
    upstream_busy: 'too many sign-ins wait for the provider: 503 with Retry-After',
    id_token_hint_of_another_client: 'the id_token_hint is not of the client that asks',
    post_logout_redirect_uri_unknown: 'not one that the client registered',
    id_token_hint_unreadable:
      'a post_logout_redirect_uri, and an id_token_hint that is no ID token of this issuer, or whose key is gone',
    end_session_client_missing: 'a post_logout_redirect_uri, and nothing that says whose it is',
    end_session_client_unknown: 'a post_logout_redirect_uri of a client that is not registered',
  },
  'The company’s own sign-in page': {
    login_url_off: 'no login.url is configured',
    login_secret_wrong: 'the page’s secret is wrong',
    login_secret_missing: 'the page’s secret is missing',
    ticket_unknown: 'not a ticket of this issuer',
    ticket_expired: 'the ticket is too old',
    ticket_used: 'the ticket was answered before',
    ticket_result_foreign: 'a link to go on that is of another browser, or old',
    ticket_result_used: 'a link to go on that was used before',
    answer_malformed: 'an answer that cannot be read',
    scope_not_asked: 'the answer allows what the app did not ask for',
    auth_time_ahead: 'a sign-in of the future',
    auth_time_too_old: 'a sign-in that is older than the app wants',
    subject_is_client: 'the subject is the client_id of an app',
    sign_in_refused: 'the page said no where no app can be told',
    user_not_the_one_meant: 'another user signed in than the app means',
  },
  'Tokens presented': {
    bearer_missing: 'no access token',
    bearer_of_user: 'the token speaks for a user, where a client must speak for itself',
    two_bearers: 'an access token in the header and in the body',
    token_inactive: 'expired, revoked, or not a token of this issuer',
    token_bound: 'bound to a key, and presented without the proof of it',
    scope_insufficient: 'the token lacks the scope of this endpoint',
    token_missing: 'no token to introspect or to revoke',
    token_of_another_client: 'a client revokes a token that it was not given',
    body_malformed: 'a JSON body that cannot be read',
  },
  'The form of the request': {
    content_type: 'not a form',
    content_encoding: 'a compressed body',
    encoding: 'broken percent-encoding',
    body_not_utf8: 'the body is not UTF-8',
    byte_order_mark: 'the body begins with a byte order mark, as some editors write one',
    line_break: 'the body ends in a line break, as a file does that `curl --data-binary` sends',
    nul_byte: 'a NUL character',
    duplicate_parameter: 'a parameter stands twice',
    too_many_parameters: 'more than a hundred parameters',
    body_too_large: 'a body over 64 KiB',
    method_not_allowed: 'a method that this endpoint does not take',
    host_missing: 'HTTP/1.1 without a Host',
    host_malformed: 'two Host headers, or one that is no host',
    expectation: 'an Expect header other than 100-continue',
    http_malformed: 'not valid HTTP in another way; `cause` has the code',
  },
  'The server': {
    database_unavailable:
      'the database does not answer, is full or a standby: 503 with Retry-After; `cause` says more',
    database_busy: 'too many statements wait for the database: 503 with Retry-After',
    overloaded: 'more than a thousand requests at once: 503 with Retry-After',
    fault: 'a fault of the server; the line has the error',
    forced: 'the mock was told to fail',
    control: 'the mock was told something that it does not understand',
  },
  'Counted by metrics alone, since no issuer is known': {
    path_unknown: 'nothing is served there',
    header_too_large: 'a header over 16 KiB',
    request_timeout: 'the request did not arrive in time',
    unreadable: 'what arrived was no request',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

type Groups = typeof reasonGroups;

/** Why a request was refused, for the operator alone. */
export type Reason = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups];

/**
 * Reasons that share an answer on purpose: told apart, they would say which clients exist, or what a stolen code or token
 * was worth. A dialect renames all of a group to the same, or none.
 */
export const indistinguishableReasons: readonly {
  readonly error: string;
  readonly reasons: readonly Reason[];
}[] = [
  {
    error: 'invalid_client',
    reasons: [
      'client_unknown',
      'client_disabled',
      'secret_wrong',
      'secret_expired',
      'secret_revoked',
      'secret_missing',
      'method_not_registered',
      'public_client',
    ],
  },
  {
    error: 'invalid_grant',
    reasons: [
      ...(Object.keys(reasonGroups['Authorization codes']) as (keyof Groups['Authorization codes'])[]).filter(
        (reason) => /^code_(unknown|expired|replayed|of_|verifier)|^redirect_uri_mismatch$/.test(reason),
      ),
      'refresh_token_unknown',
      'refresh_token_expired',
      'refresh_token_of_another_client',
      'refresh_token_ahead',
      'refresh_token_replayed',
      'grant_revoked',
      'user_unknown',
      'user_disabled',
    ],
  },
];

export const allReasons: readonly Reason[] = Object.values(reasonGroups).flatMap(
  (group) => Object.keys(group) as Reason[],
);
