// The nouns of the protocol, by the field's own names (RFC 6749, RFC 7591, RFC 9068).

import type { Dialect, SigningAlgorithm } from './dialect.ts';

/** One HTTP request as the core sees it: bytes already read, nothing parsed. */
export interface HttpRequest {
  /** Names this request in the log and, when something is refused, in the answer. */
  readonly id: string;
  readonly method: string;
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
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An issuer: one identity, one dialect, its own clients, scopes and keys. */
export interface Issuer {
  /** The operator's short name for it; unique in a deployment. */
  readonly name: string;
  /** The issuer identifier, a URL without a trailing slash (RFC 8414 §2). */
  readonly issuer: string;
  readonly dialect: Dialect;
  readonly signing_alg: SigningAlgorithm;
  /** Seconds. */
  readonly access_token_lifetime: number;
  /** Resource indicators that a client may ask for (RFC 8707); the first is the default audience. */
  readonly resources: readonly string[];
  /** Every scope registered at this issuer. */
  readonly scopes: readonly string[];
}

/** A registered client, in RFC 7591's names. */
export interface Client {
  readonly client_id: string;
  /** Epoch seconds. */
  readonly client_id_issued_at: number;
  readonly client_name: string;
  /** Whose integration it is: the customer, the integrator. */
  readonly owner: string;
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'none';
  readonly grant_types: readonly string[];
  /** What it may ask for, in the order registered. */
  readonly scope: readonly string[];
  /** Whose tokens it may introspect: its own, or any of its issuer's (an API does that; RFC 7662 §2.1). */
  readonly introspection: 'own' | 'any';
  readonly disabled: boolean;
  readonly secrets: readonly ClientSecret[];
}

/** A stored secret. The secret itself is nowhere. */
export interface ClientSecret {
  readonly id: string;
  /** `keyed`: HMAC-SHA-256 of a generated secret. `argon2id`: of one that a person chose. */
  readonly kind: 'keyed' | 'argon2id';
  readonly hash: string;
  /** Epoch milliseconds; null: never. */
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

/** The evidence of a successful client authentication. */
export interface ClientAuthentication {
  readonly method: string;
  readonly secret_id?: string;
}

/** What a grant returns, and the only thing it may return: who may do what. */
export interface Authorization {
  readonly client: Client;
  readonly grant_type: string;
  readonly authentication: ClientAuthentication;
  /** Whom the token speaks for: the client itself where no user takes part (RFC 9068 §2.2). */
  readonly subject: string;
  readonly scope: readonly string[];
  /** The resources asked for (RFC 8707); empty: the issuer's default. */
  readonly resources: readonly string[];
}

/** Tokens, not yet spelled. */
export interface TokenSet {
  readonly access_token: string;
  readonly jti: string;
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: readonly string[];
}
