// What the core asks of the world. The server gives these; the core never reaches for them itself.

import type { KeyObject } from 'node:crypto';
import type { Client, ClientSecret, Issuer } from './model.ts';

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: ProtocolStore;
  readonly secrets: SecretJudge;
  readonly keys: Keys;
  readonly failures: FailureBudget;
  readonly audit: Audit;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export interface Random {
  /** A random UUID, version 4 (RFC 9562 §5.4). */
  uuid(): string;
}

/** Decisions that outlive a request. Each verb is atomic. */
export interface ProtocolStore {
  /** A client from memory, at most a second old; undefined where memory holds none. */
  recallClient(issuer: string, client_id: string): Client | undefined;
  /** A client as the database has it now. */
  findClient(issuer: string, client_id: string): Promise<Client | undefined>;
  /** Puts a token on the deny-list until it would have expired (epoch milliseconds). */
  revokeToken(issuer: string, jti: string, expires_at: number): Promise<void>;
  /** From memory, at most a second old. */
  isTokenRevoked(issuer: string, jti: string): boolean;
}

export interface SecretJudge {
  /** Judges by fast means alone: keyed hashes, and slow ones that were verified before. No client takes as long. */
  recognize(client: Client | undefined, presented: string): ClientSecret | undefined;
  /**
   * Judges by every means. Where an issuer holds a slow hash at all, a refusal costs one slow hash whether the
   * client exists or not; `admit` is called when its turn has come, and may throw.
   */
  examine(
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
export interface FailureBudget {
  /** Seconds to wait, or 0 to go on. */
  mustWait(issuer: string, client_id: string, address: string): number;
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
}

export interface Refused {
  readonly request_id: string;
  readonly issuer: string;
  readonly endpoint: string;
  readonly error: string;
  readonly reason: string;
  readonly address: string;
  readonly client_id?: string;
  /** The beginning of an unknown client_id: enough to recognise a typing error, too little to leak a secret. */
  readonly client_id_hint?: string;
  readonly cause?: unknown;
}

/** What operators will want to know. No method may throw or take long. */
export interface Audit {
  tokenIssued(event: TokenIssued): void;
  tokenRevoked(event: { request_id: string; issuer: string; client_id: string; jti: string }): void;
  clientAuthenticated(issuer: Issuer, client: Client, secret_id: string | undefined): void;
  refused(event: Refused): void;
}
