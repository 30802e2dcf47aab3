// What the core asks of the world. The server gives these; the core never reaches for them itself.

import type { KeyObject } from 'node:crypto';
import type {
  AuthorizationQuestion,
  AuthorizationRequest,
  Client,
  ClientSecret,
  EndSessionRequest,
  HttpRequest,
  HttpResponse,
  Issuer,
  Recipient,
  UsedGrant,
  User,
  UserAuthentication,
  UserGrant,
} from './model.ts';
import type { OAuthError } from './oauth-error.ts';
import type { Reason } from './reasons.ts';

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: ProtocolStore;
  readonly secrets: SecretVerifier;
  readonly keys: Keys;
  readonly grantTokens: GrantTokens;
  readonly interaction: Interaction;
  readonly attempts: AttemptLimiter;
  readonly audit: Audit;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export interface Random {
  /** A random UUID, version 4 (RFC 9562 §5.4). */
  uuid(): string;
  /** 128 random bits, base64url. */
  id(): string;
}

/** Decisions that outlive a request. Each verb is atomic. */
export interface ProtocolStore {
  /** A client from memory, at most a second old; undefined where memory holds none. */
  cachedClient(issuer: string, client_id: string): Client | undefined;
  /** A client as the database has it now. */
  findClient(issuer: string, client_id: string): Promise<Client | undefined>;
  /** Puts a token on the deny-list until it would have expired (epoch milliseconds). */
  revokeToken(issuer: string, jti: string, expires_at: number): Promise<void>;
  /** Whether a `jti`, or the id of a grant, is on the deny-list; from memory, at most a second old. */
  isTokenRevoked(issuer: string, jti: string): boolean;
  /** All that is on the deny-list of an issuer; the same object until something changes. */
  revocations(issuer: string): Revocations;
  findUser(id: string): Promise<User | undefined>;
  /** The scope that a user has allowed a client before; undefined: none was ever asked for. */
  findConsent(issuer: string, user_id: string, client_id: string): Promise<readonly string[] | undefined>;
  /** Adds to the scope that a user has allowed a client. False where the client is gone. */
  rememberConsent(
    issuer: string,
    user_id: string,
    client_id: string,
    scope: readonly string[],
  ): Promise<boolean>;
  /** False where the session or the consent that it comes of has ended in the meantime. */
  createGrant(grant: UserGrant): Promise<boolean>;
  /** Redeems a code where all of this is so, once; undefined where it is not, or somebody was faster. */
  redeemCode(redemption: CodeRedemption): Promise<UsedGrant | undefined>;
  /** Replaces the refresh token of `generation` by the next one, once; undefined where it is not the newest. */
  advanceRefreshToken(advance: RefreshTokenAdvance): Promise<UsedGrant | undefined>;
  /** For how many of the last `ms` milliseconds the store was unavailable, as far as this process knows. */
  unavailableWithin(ms: number): number;
  /** A grant as the database has it now. */
  findGrant(issuer: string, id: string): Promise<UserGrant | undefined>;
  /** Ends a grant: its code, its refresh tokens, and its access tokens on every process. False: it had ended. */
  revokeGrant(issuer: string, id: string): Promise<boolean>;
  /**
   * The replay gate: true for the first use of `id` in `namespace`, and false for every other, on all processes. It may be
   * forgotten after `expires_at` (epoch milliseconds), when the proof it names could not be used anyway.
   */
  useOnce(namespace: string, id: string, expires_at: number): Promise<boolean>;
}

export interface Revocations {
  /** The `jti` of tokens, and ids of grants. */
  readonly tokens: readonly string[];
  /** By client_id: its tokens that were issued before (epoch seconds). */
  readonly clients: ReadonlyMap<string, number>;
}

/** All that must fit for a code to be good (RFC 6749 §4.1.3, RFC 7636 §4.6). Times in epoch milliseconds. */
export interface CodeRedemption {
  readonly issuer: string;
  readonly id: string;
  readonly client_id: string;
  /** As the token request names it; null: it does not. */
  readonly redirect_uri: string | null;
  /** Made from the verifier that the token request has; null: it has none. */
  readonly code_challenge: string | null;
  readonly now: number;
  /** When the access token expires that the code is about to give. */
  readonly access_expires_at: number;
  /** When the refresh token expires, which a grant with the scope `offline_access` gives; null: it gives none. */
  readonly refresh_expires_at: number | null;
}

export interface RefreshTokenAdvance {
  readonly issuer: string;
  readonly id: string;
  readonly client_id: string;
  readonly generation: number;
  readonly now: number;
  readonly refresh_expires_at: number;
}

/** Codes and refresh tokens: they name their grant and prove themselves; neither is stored. */
export interface GrantTokens {
  code(issuer: string, id: string): string;
  /** The grant's id; undefined for what this server did not make. */
  readCode(issuer: string, code: string): string | undefined;
  refreshToken(issuer: string, id: string, generation: number): string;
  readRefreshToken(
    issuer: string,
    token: string,
  ): { readonly id: string; readonly generation: number } | undefined;
}

/** The user in front of the browser: a session, and pages that ask. */
export interface Interaction {
  /**
   * A form of another site comes without cookies (SameSite=Lax). Where a session may be missed for that, an answer that
   * has the browser send `request`, which is the form as a link, again; undefined: go on with it.
   */
  sendAgain(request: HttpRequest, issuer: Issuer): HttpResponse | undefined;
  /** Who is signed in, in the browser that sent this request. */
  session(request: HttpRequest, issuer: Issuer): Promise<UserAuthentication | undefined>;
  /** Asks the user; the answer comes back as another authorization request. */
  ask(
    question: AuthorizationQuestion,
    authorizationRequest: AuthorizationRequest,
    request: HttpRequest,
    issuer: Issuer,
  ): Promise<HttpResponse>;
  /** Tells the user what cannot be told to a client. */
  refuse(
    refusal: Pick<OAuthError, 'description' | 'reason' | 'status' | 'retry_after'>,
    request: HttpRequest,
    issuer: Issuer,
  ): HttpResponse;
  /** Signs the user out, after asking where that is due, and sends the browser on. */
  signOut(endSession: EndSessionRequest, request: HttpRequest, issuer: Issuer): Promise<HttpResponse>;
  /** A page that posts `parameters` to the client (OAuth 2.0 Form Post Response Mode 1.0). */
  formPost(
    recipient: Recipient,
    parameters: Readonly<Record<string, string>>,
    request: HttpRequest,
    issuer: Issuer,
  ): Promise<HttpResponse>;
}

export interface SecretVerifier {
  /**
   * The secret of the client that `presented` is, by fast means alone: keyed hashes, and slow ones that were verified
   * before. An unknown client must take just as long as a known one. Undefined is no refusal.
   */
  verifyFast(client: Client | undefined, presented: string): ClientSecret | undefined;
  /**
   * Judges by every means, slow hashes too. Where an issuer holds a slow hash at all, a refusal costs one slow hash whether the
   * client exists or not; `admit` is called when its turn has come, and may throw.
   */
  verify(
    issuer: string,
    client: Client | undefined,
    presented: string,
    admit: () => void,
  ): Promise<SecretVerdict>;
}

export type SecretVerdict =
  | { readonly secret: ClientSecret }
  | { readonly reason: 'secret_wrong' | 'secret_expired' | 'secret_revoked' | 'client_unknown' };

export interface VerificationKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicKey: KeyObject;
}

export interface SigningKey extends VerificationKey {
  /** A JWS signature (RFC 7515 §5.1) over ASCII input. */
  sign(input: string): Promise<Uint8Array>;
}

export interface Keys {
  /** The active key. */
  signingKey(issuer: string): SigningKey;
  /** Every key whose tokens may still be good, the active one first. */
  verificationKeys(issuer: string): readonly VerificationKey[];
  /** The key set to publish (RFC 7517 §5), as JSON. */
  jwks(issuer: string): { readonly json: string; readonly etag: string };
}

/** How often one may be wrong. Successes cost nothing. */
export interface AttemptLimiter {
  /** Seconds to wait, or 0 to go on. */
  retryAfter(issuer: string, client_id: string, address: string): number;
  failed(issuer: string, client_id: string, address: string): void;
  succeeded(issuer: string, client_id: string, address: string): void;
}

export interface TokenIssued {
  readonly request_id: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly grant_type: string;
  readonly scope: readonly string[];
  readonly jti: string;
  readonly user_id?: string;
}

export interface Refused {
  readonly request_id: string;
  readonly issuer: string;
  readonly endpoint: string;
  readonly error: string;
  readonly reason: Reason;
  readonly address: string;
  /** Where a token was asked for: the grant type, or `other`. */
  readonly grant_type?: string;
  readonly client_id?: string;
  /** The beginning of an unknown client_id: enough to recognise a typing error, too little to leak a secret. */
  readonly client_id_hint?: string;
  readonly user_id?: string;
  readonly grant_id?: string;
  readonly cause?: unknown;
}

/** What operators will want to know. No method may throw or take long. */
export interface Audit {
  tokenIssued(event: TokenIssued): void;
  /** A code was sent to a client. */
  authorized(event: {
    request_id: string;
    issuer: string;
    client_id: string;
    user_id: string;
    grant_id: string;
    scope: readonly string[];
  }): void;
  /** `jti` names an access token, or a grant and with it all of its tokens. */
  tokenRevoked(event: { request_id: string; issuer: string; client_id: string; jti: string }): void;
  clientAuthenticated(issuer: Issuer, client: Client, secret_id: string | undefined): void;
  refused(event: Refused): void;
}
