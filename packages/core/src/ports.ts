// What the core asks of the world. The server gives these; the core never reaches for them itself.

import type { KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from './dialects/dialect.ts';
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

/** Everything that the protocol needs of the program around it. */
export interface Ports {
  /** The time. */
  readonly clock: Clock;
  /** Randomness for ids. */
  readonly random: Random;
  /** Clients, users, grants and revocations. */
  readonly store: ProtocolStore;
  /** Judges the secrets of clients. */
  readonly secrets: SecretVerifier;
  /** The signing keys of each issuer. */
  readonly keys: Keys;
  /** Makes and reads authorization codes and refresh tokens. */
  readonly grantTokens: GrantTokens;
  /** The sessions and pages of users. */
  readonly interaction: Interaction;
  /** Records what happened. */
  readonly audit: Audit;
}

/** The wall clock. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/** A cryptographically secure source of randomness. */
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
  /** Puts a token on the deny-list until it would have expired (epoch milliseconds); `of` is its client, and its `iat`. */
  revokeToken(
    issuer: string,
    jti: string,
    expires_at: number,
    of: { readonly client_id: string; readonly issued_at: number },
  ): Promise<void>;
  /** Whether a `jti`, or the id of a grant, is on the deny-list; from memory, at most a second old. */
  isTokenRevoked(issuer: string, jti: string): boolean;
  /** Tokens of the client that were issued before (epoch seconds) are revoked for ever; 0: none. From memory, as above. */
  revokedBefore(issuer: string, client_id: string): number;
  /** All that is on the deny-list of an issuer; the same object until something changes. */
  revocations(issuer: string): Revocations;
  /** A user as the database has it now; undefined if there is none of that id. */
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
  /**
   * Notes a token for a user whom a client vouches for, under its `jti`, so that the user can see and end it. `gone`: the
   * user is disabled, or one of the two is deleted; `ended`: the user has turned the client away.
   */
  createVouchedGrant(grant: UserGrant): Promise<'created' | 'gone' | 'ended'>;
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

/** What is revoked at an issuer, and has not expired yet. */
export interface Revocations {
  /** The `jti` of tokens, and ids of grants. */
  readonly tokens: readonly string[];
  /** By client_id: its tokens that were issued before (epoch seconds). */
  readonly clients: ReadonlyMap<string, number>;
}

/** All that must fit for a code to be good (RFC 6749 §4.1.3, RFC 7636 §4.6). Times in epoch milliseconds. */
export interface CodeRedemption {
  /** The name of the issuer. */
  readonly issuer: string;
  /** The id of the grant that the code belongs to. */
  readonly id: string;
  /** The client that presents the code. */
  readonly client_id: string;
  /** As the token request names it; null: it does not. */
  readonly redirect_uri: string | null;
  /** Made from the verifier that the token request has; null: it has none. */
  readonly code_challenge: string | null;
  /** The time of the request. */
  readonly now: number;
  /** When the access token expires that the code is about to give. */
  readonly access_expires_at: number;
  /** When the refresh token expires, which a grant with the scope `offline_access` gives; null: it gives none. */
  readonly refresh_expires_at: number | null;
}

/** The rotation of a refresh token (RFC 9700 §4.14.2). Times in epoch milliseconds. */
export interface RefreshTokenAdvance {
  /** The name of the issuer. */
  readonly issuer: string;
  /** The id of the grant that the token belongs to. */
  readonly id: string;
  /** The client that presents the token. */
  readonly client_id: string;
  /** The generation of the presented token; the first refresh token of a grant has generation 1. */
  readonly generation: number;
  /** The time of the request. */
  readonly now: number;
  /** When the next refresh token expires. */
  readonly refresh_expires_at: number;
}

/** Codes and refresh tokens: they name their grant and prove themselves; neither is stored. */
export interface GrantTokens {
  /** Makes the authorization code of a grant (RFC 6749 §4.1.2). */
  code(issuer: string, id: string): string;
  /** The grant's id; undefined for what this server did not make. */
  readCode(issuer: string, code: string): string | undefined;
  /** Makes the refresh token of a generation of a grant. */
  refreshToken(issuer: string, id: string, generation: number): string;
  /** The grant's id and the generation; undefined for a token that this server did not make. */
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

/** A client secret as a request presents it, never an empty one. */
export interface PresentedSecret {
  /** The name of the issuer. */
  readonly issuer: string;
  /** The client that it is said to be of. */
  readonly client_id: string;
  /** The secret. */
  readonly secret: string;
  /** The address of the sender. */
  readonly address: string;
}

/** Judges client secrets (RFC 6749 §2.3.1). */
export interface SecretVerifier {
  /**
   * The secret of the client that `presented` is, by fast means alone: keyed hashes, and slow ones that were verified
   * before. An unknown client must take just as long as a known one. Undefined is no refusal.
   */
  verifyFast(presented: PresentedSecret, client: Client | undefined): ClientSecret | undefined;
  /**
   * Judges by every means, slow hashes too, and limits how often those may be wrong: throws `temporarily_unavailable` with
   * status 429 or 503. Where an issuer holds a slow hash at all, a refusal costs one whether the client exists or not.
   */
  verify(presented: PresentedSecret, client: Client | undefined): Promise<SecretVerdict>;
}

/** The outcome for a presented secret: the stored secret that it matches, or why it is refused. */
export type SecretVerdict =
  | { readonly secret: ClientSecret }
  | {
      readonly reason: 'secret_wrong' | 'secret_expired' | 'secret_revoked' | 'client_unknown';
      /** What the log says beside the reason. */
      readonly cause?: string;
    };

/** A public key that verifies the tokens of an issuer. */
export interface VerificationKey {
  /** The key ID (RFC 7517 §4.5). */
  readonly kid: string;
  /** The algorithm that it is used with (RFC 7518 §3.1). */
  readonly alg: string;
  /** The public key. */
  readonly publicKey: KeyObject;
}

/** A key pair that signs the tokens of an issuer. */
export interface SigningKey extends VerificationKey {
  /** A JWS signature (RFC 7515 §5.1) over ASCII input. */
  sign(input: string): Promise<Uint8Array>;
}

/** The keys of each issuer, by its name. */
export interface Keys {
  /** The active key of access tokens, or that of `alg`; the first of the two where none of `alg` signs. */
  signingKey(issuer: string, alg?: SigningAlgorithm): SigningKey;
  /** Every key whose tokens may still be good, the active one first. */
  verificationKeys(issuer: string): readonly VerificationKey[];
  /**
   * The key set to publish (RFC 7517 §5), as JSON. Where tokens name no key (`kid` is false), a verifier could not choose:
   * the set has one key of each algorithm then.
   */
  jwks(issuer: string, kid?: boolean): { readonly json: string; readonly etag: string };
}

/** An access token was issued. */
export interface TokenIssued {
  /** The id of the request, as in the log. */
  readonly request_id: string;
  /** The name of the issuer. */
  readonly issuer: string;
  /** The client that received the token. */
  readonly client_id: string;
  /** The grant type of the request (RFC 6749 §4). */
  readonly grant_type: string;
  /** The scope of the token. */
  readonly scope: readonly string[];
  /** The id of the token (RFC 7519 §4.1.7). */
  readonly jti: string;
  /** The address of the sender. */
  readonly address: string;
  /** The client was given this token a moment ago (docs/decisions/0028). */
  readonly reused?: true;
  /** Where the grant was good, and yet is to be looked at. */
  readonly reason?: 'refresh_token_repeated';
  /** The user whom the token speaks for; absent if it speaks for the client itself. */
  readonly user_id?: string;
}

/** A request was refused. */
export interface Refused {
  /** The id of the request, as in the log. */
  readonly request_id: string;
  /** The name of the issuer. */
  readonly issuer: string;
  /** The name of the endpoint. */
  readonly endpoint: string;
  /** The public error code (RFC 6749 §5.2). */
  readonly error: string;
  /** The private reason, more exact than the error code. */
  readonly reason: Reason;
  /** The address of the sender. */
  readonly address: string;
  /** Where a token was asked for: the grant type, or `other`. */
  readonly grant_type?: string;
  /** The client that has authenticated, or that the refusal is about. */
  readonly client_id?: string;
  /** The beginning of an unknown client_id: enough to recognise a typing error, too little to leak a secret. */
  readonly client_id_hint?: string;
  /** The parameter, header or member that was refused, if it is about one. */
  readonly parameter?: string;
  /** What it was: printable ASCII, 200 characters at most; absent for a secret. */
  readonly value?: string;
  /** The user that the refusal is about, if there is one. */
  readonly user_id?: string;
  /** The grant that the refusal is about, if there is one. */
  readonly grant_id?: string;
  /** The error that led to the refusal, if it was an unexpected one. */
  readonly cause?: unknown;
}

/** What operators will want to know. No method may throw or take long. */
export interface Audit {
  /** An access token was sent to a client. */
  tokenIssued(event: TokenIssued): void;
  /** A code was sent to a client. */
  authorized(event: {
    request_id: string;
    issuer: string;
    client_id: string;
    user_id: string;
    grant_id: string;
    scope: readonly string[];
    address: string;
  }): void;
  /** `jti` names an access token, or a grant and with it all of its tokens. */
  tokenRevoked(event: {
    request_id: string;
    issuer: string;
    client_id: string;
    jti: string;
    address: string;
  }): void;
  /** A client has authenticated; `secret_id` names its secret, if it used one. */
  clientAuthenticated(issuer: Issuer, client: Client, secret_id: string | undefined): void;
  /** A request was refused. */
  refused(event: Refused): void;
}
