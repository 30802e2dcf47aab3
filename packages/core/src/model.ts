// The nouns of the protocol, by the field's own names (RFC 6749, RFC 7591, RFC 9068).

import type { Dialect, SigningAlgorithm } from './dialects/dialect.ts';
import type { ClientAuthenticationMethodName, GrantType, Prompt, ResponseMode } from './dialects/names.ts';

/** One HTTP request as the core sees it: bytes already read, nothing parsed. */
export interface HttpRequest {
  /** Names this request in the log and, when something is refused, in the answer. */
  readonly id: string;
  readonly method: string;
  /**
   * The target URI without the query (RFC 9110 §7.1), under the origin that the issuer publishes: what a client has called
   * that follows the metadata, whatever a proxy has made of Host.
   */
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What stands behind `?`, still encoded; empty when there is none. */
  readonly query: string;
  readonly body: Uint8Array;
  /** The peer's IP address, after trusted proxies. */
  readonly address: string;
}

export interface HttpResponse {
  readonly status: number;
  /** A list stands for a header that is sent once for each, as Set-Cookie is. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** An issuer: one identity, one dialect, its own clients, scopes and keys. */
export interface Issuer {
  /** The operator's short name for it; unique in a deployment. */
  readonly name: string;
  /** The issuer identifier (RFC 8414 §2): a URL, with a trailing slash where the dialect has one. */
  readonly issuer: string;
  readonly dialect: Dialect;
  /** Signs access tokens. */
  readonly signing_alg: SigningAlgorithm;
  /** Seconds. */
  readonly access_token_lifetime: number;
  /** Seconds in which a client that asks for the same gets the same token; 0: each request gets one of its own. */
  readonly token_reuse: number;
  /** Resource indicators that a client may ask for (RFC 8707); the first is the default audience. */
  readonly resources: readonly string[];
  /** For whose users a client may vouch: those of its own owner, or any. */
  readonly vouched_users: 'own' | 'any';
  /** Every scope registered at this issuer. */
  readonly scopes: readonly string[];
  /** The languages of its pages, as BCP 47 language tags. */
  readonly ui_locales: readonly string[];
  /**
   * Loopback origins at which public clients are taken for what they say they are: `http://localhost:5173`, or
   * `http://localhost:*` for every port. Elsewhere on the user's own machine anybody can be such a client.
   */
  readonly loopback_origins?: readonly string[];
}

/** A registered client, in RFC 7591's names. */
export interface Client {
  readonly client_id: string;
  /** Epoch seconds. */
  readonly client_id_issued_at: number;
  readonly client_name: string;
  /** Whose integration it is: the customer, the integrator. */
  readonly owner: string;
  /** `none`: a public client (RFC 7591 §2). */
  readonly token_endpoint_auth_method: ClientAuthenticationMethodName;
  readonly grant_types: readonly string[];
  /** Where users may be sent with a code (RFC 6749 §3.1.2). */
  readonly redirect_uris: readonly string[];
  /** Where users may be sent after signing out (OpenID Connect RP-Initiated Logout 1.0 §3.1). */
  readonly post_logout_redirect_uris: readonly string[];
  readonly logo_uri: string | null;
  readonly client_uri: string | null;
  readonly policy_uri: string | null;
  readonly tos_uri: string | null;
  /** What the consent page says in the client's own words. */
  readonly consent_message: string | null;
  /** What it may ask for, in the order registered. */
  readonly scope: readonly string[];
  /** Whether its authorization requests need PKCE (RFC 7636); null: as the dialect has it. A public client's always do. */
  readonly require_pkce: boolean | null;
  /** What gives it refresh tokens: that a request names `offline_access`, or every request; null: as the dialect has it. */
  readonly refresh_token_given: 'offline_access' | 'always' | null;
  /** Seconds in which it gets the same token again, 0: never; null: as its issuer has it. */
  readonly token_reuse: number | null;
  /** Whose tokens it may introspect: its own, or any of its issuer's (an API does that; RFC 7662 §2.1). */
  readonly introspection: 'own' | 'any';
  /** Signs its ID tokens (OpenID Connect Dynamic Client Registration 1.0 §2); null: the issuer's own algorithm. */
  readonly id_token_signed_response_alg: SigningAlgorithm | null;
  /** Whether its ID tokens have the claims of the user too that its scope lets it read at userinfo. */
  readonly id_token_user_claims: boolean;
  readonly disabled: boolean;
  readonly secrets: readonly ClientSecret[];
}

/** A stored secret. The secret itself is nowhere. */
export interface ClientSecret {
  readonly id: string;
  /** `keyed`: HMAC-SHA-256 of a generated secret. `argon2id`: the slow hash of a secret that a person chose. */
  readonly kind: 'keyed' | 'argon2id';
  readonly hash: string;
  /** Epoch milliseconds; null: never. */
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

/** The evidence of a successful client authentication. */
export interface ClientAuthentication {
  /** `bearer`: by an access token of the client. */
  readonly method: ClientAuthenticationMethodName | 'bearer';
  readonly secret_id?: string;
}

/** The key that a token is bound to (RFC 7800 §3.1). */
export interface Confirmation {
  /** The thumbprint of a JWK (RFC 9449 §6.1). */
  readonly jkt?: string;
  /** The thumbprint of a client certificate (RFC 8705 §3.1). */
  readonly 'x5t#S256'?: string;
}

/** The party that acts for the subject, and for whom that party acts in turn (RFC 8693 §4.1). */
export interface Actor {
  readonly sub: string;
  readonly act?: Actor;
}

/** A user, as far as the protocol is concerned (OpenID Connect Core 1.0 §5.1). */
export interface User {
  /** The subject of tokens. */
  readonly id: string;
  /** What the user types to sign in; null: signs in elsewhere. */
  readonly login: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly email_verified: boolean;
  /** What else is known of the user. */
  readonly claims: UserClaims;
  readonly disabled: boolean;
  /** Whose clients may vouch for the user; null: nobody's. */
  readonly owner: string | null;
  /** Epoch milliseconds. */
  readonly updated_at: number;
  /** Epoch milliseconds; what was given before is good no longer. */
  readonly access_ended_at: number;
}

/** Standard claims (OpenID Connect Core 1.0 §5.1) beside the members of `User`. */
export interface UserClaims {
  readonly family_name?: string | undefined;
  readonly given_name?: string | undefined;
  readonly middle_name?: string | undefined;
  readonly nickname?: string | undefined;
  /** Without it, the login. */
  readonly preferred_username?: string | undefined;
  /** The URL of a page. */
  readonly profile?: string | undefined;
  /** The URL of an image. */
  readonly picture?: string | undefined;
  /** The URL of a page. */
  readonly website?: string | undefined;
  readonly gender?: string | undefined;
  /** YYYY-MM-DD; the year 0000 where it is left out; YYYY alone. */
  readonly birthdate?: string | undefined;
  /** Of the IANA time zone database. */
  readonly zoneinfo?: string | undefined;
  /** A BCP 47 language tag. */
  readonly locale?: string | undefined;
  readonly phone_number?: string | undefined;
  readonly phone_number_verified?: boolean | undefined;
  readonly address?: PostalAddress | undefined;
}

/** A postal address (OpenID Connect Core 1.0 §5.1.1). */
export interface PostalAddress {
  /** All of it, as on an envelope, in lines. */
  readonly formatted?: string | undefined;
  readonly street_address?: string | undefined;
  readonly locality?: string | undefined;
  readonly region?: string | undefined;
  readonly postal_code?: string | undefined;
  readonly country?: string | undefined;
}

/** That a user signed in, when and how. */
export interface UserAuthentication {
  readonly user_id: string;
  /** Names the session without giving it away: the `sid` of tokens. */
  readonly session_id: string;
  /** Epoch seconds; 0 where the provider that signed the user in does not say when. */
  readonly auth_time: number;
  /** Authentication method references (RFC 8176). */
  readonly amr: readonly string[];
  /** `local`, or the name of the provider that the user signed in at. */
  readonly identity_provider: string;
}

/** What a user allowed a client, once: one row for its whole life (docs/decisions/0007). Times in epoch milliseconds. */
export interface UserGrant {
  readonly id: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly authentication: UserAuthentication;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly nonce: string | null;
  /** Where the code was sent. */
  readonly redirect_uri: string;
  /** Whether the authorization request named it: then the token request must, too (RFC 6749 §4.1.3). */
  readonly redirect_uri_required: boolean;
  /** S256 (RFC 7636 §4.2). */
  readonly code_challenge: string | null;
  /** `none`: the client vouched for the user, and the id is that of its token. */
  readonly code_state: 'issued' | 'redeemed' | 'none';
  readonly code_expires_at: number;
  /** Counts the grant's refresh tokens: the number of the newest; 0: none. */
  readonly generation: number;
  /** When the newest refresh token took its predecessor's place. */
  readonly rotated_at: number;
  readonly refresh_expires_at: number | null;
  readonly revoked_at: number | null;
  readonly created_at: number;
  /** From then on nothing that it gave is alive. */
  readonly expires_at: number;
}

/** A grant whose code or refresh token was just used, and its user at that moment; undefined: there is none any more. */
export interface UsedGrant extends UserGrant {
  readonly user: Pick<User, 'login' | 'name' | 'disabled'> | undefined;
  /** The refresh token had been replaced a moment ago, and gave its successor once more. */
  readonly repeated?: true;
}

/** What a grant type returns, and the only thing it may return: who may do what. */
export interface Authorization {
  readonly client: Client;
  /** `password`: the client vouches for a user, who takes no part. */
  readonly grant_type: GrantType | 'password';
  readonly authentication: ClientAuthentication;
  /** Whom the token speaks for: the client itself where no user takes part (RFC 9068 §2.2). */
  readonly subject: string;
  readonly scope: readonly string[];
  /** The resources asked for (RFC 8707); empty: the issuer's default. */
  readonly resources: readonly string[];
  /** Seconds; without it the issuer's. */
  readonly lifetime?: number;
  /** The key that the token is to be bound to; without it the token is good for its bearer. */
  readonly cnf?: Confirmation;
  /** Where another party acts for the subject. */
  readonly actor?: Actor;
  /** Where a user takes part. */
  readonly user?: AuthorizingUser;
  /** By a refresh token that had been replaced a moment ago: to be told. */
  readonly repeated?: true;
}

export interface AuthorizingUser {
  readonly id: string;
  readonly name: string | null;
  /** Absent where the client vouched for the user, who took no part. */
  readonly grant?: UserGrant;
  /** The refresh token to give, where there is one to give. */
  readonly refresh_token?: string;
  /** What the ID token says of the request (OpenID Connect Core 1.0 §2); absent on a refresh. */
  readonly nonce?: string | null;
}

/** How an access token is to be presented (RFC 6749 §7.1, RFC 9449 §5). */
export type TokenType = 'Bearer' | 'DPoP';

/** Tokens, not yet spelled. */
export interface TokenSet {
  readonly access_token: string;
  readonly token_type: TokenType;
  readonly jti: string;
  /** Epoch seconds. */
  readonly issued_at: number;
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: readonly string[];
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** To whom the answer goes, and how: known before anything else is judged. */
export interface Recipient {
  readonly client: Client;
  readonly redirect_uri: string;
  /** Whether the request named it. */
  readonly redirect_uri_named: boolean;
  readonly response_mode: ResponseMode;
  readonly state: string | undefined;
}

export interface AuthorizationRequest extends Recipient {
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly nonce: string | null;
  /** S256. */
  readonly code_challenge: string | null;
  readonly prompt: readonly Prompt[];
  /** Seconds since the user signed in, at most. */
  readonly max_age: number | undefined;
  readonly login_hint: string | undefined;
  readonly ui_locales: string | undefined;
  readonly id_token_hint: string | undefined;
}

/** What the user is to be asked before the request can be granted. */
export type AuthorizationQuestion =
  | { readonly ask: 'sign_in' }
  | { readonly ask: 'select_account'; readonly session: UserAuthentication }
  | {
      readonly ask: 'consent';
      readonly session: UserAuthentication;
      /** What of the scope the user has allowed before. */
      readonly remembered: readonly string[];
    };

/** What an ID token says of the session that it was given in; a hint, and no proof. */
export interface IdTokenHint {
  readonly sub: string;
  readonly aud: string;
  readonly sid: string | undefined;
}

/** A client’s request to sign the user out (OpenID Connect RP-Initiated Logout 1.0 §2). */
export interface EndSessionRequest {
  readonly client: Client | undefined;
  /** With `state`, where the client gave one; undefined: nowhere. */
  readonly continue_uri: string | undefined;
  readonly hint: IdTokenHint | undefined;
  readonly ui_locales: string | undefined;
}
