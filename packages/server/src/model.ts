// The nouns that the rooms of the server share beside the core's.

import { getSystemErrorMessage } from 'node:util';
import type { Handler, Issuer, SigningAlgorithm } from '@tessera-oauth/core';

/** A signing key as it is stored. Times in epoch milliseconds; its state follows from them (keys/key-state.ts). */
export interface StoredKey {
  /** The JWK thumbprint of the public part (RFC 7638). */
  readonly kid: string;
  readonly issuer: string;
  /**
   * Counts the keys of a line (keys/key-lines.ts), from 1 on or from below zero; unique for an issuer, so that of two
   * nodes that rotate at once one wins.
   */
  readonly sequence: number;
  readonly alg: SigningAlgorithm;
  /** JSON. For servers of the release before: what is published is derived from the private key. */
  readonly public_jwk: string;
  /** PKCS #8, sealed under the master key. */
  readonly sealed_private_key: string;
  readonly published_at: number;
  readonly activates_at: number;
  /** From then on it signs no more; null: no successor yet. */
  readonly retires_at: number | null;
  /** From then on no token of its own is alive. */
  readonly expires_at: number | null;
  /** Seconds that a token signed by it lives at most. */
  readonly token_lifetime: number;
}

/** Where keys are stored. Every verb is atomic. */
export interface KeyStore {
  listKeys(): Promise<readonly StoredKey[]>;
  /**
   * Adds a key and lets its predecessors, those of its line or of its algorithm, retire when it activates, and expire `leeway` milliseconds after the last of
   * their tokens. False where `sequence` is taken: somebody else has rotated.
   */
  addKey(key: StoredKey, leeway: number): Promise<boolean>;
  /** Lets the keys of an issuer last for tokens of `token_lifetime` seconds, where they do not yet. */
  extendKeys(issuer: string, token_lifetime: number, leeway: number): Promise<void>;
}

/** What an administrator says of an issuer. */
export interface IssuerSettings {
  readonly name: string;
  /** Absolute, or a path below the public URL. */
  readonly location: string;
  /** A dialect's name. */
  readonly dialect: string;
  /** Null: the dialect's own. */
  readonly signing_alg: SigningAlgorithm | null;
  /** Seconds; null: the dialect's own. */
  readonly access_token_lifetime: number | null;
  /** Seconds in which a client that asks for the same gets the same token; 0: each request gets one of its own. */
  readonly token_reuse: number;
  readonly resources: readonly string[];
  /** For whose users a client may vouch: those of its own owner, or any. */
  readonly vouched_users: 'own' | 'any';
  /** How its pages look; null: as they come. */
  readonly theme: Theme | null;
}

/** An issuer as it is stored. */
export interface StoredIssuer extends IssuerSettings {
  /** While it is, it is not served. */
  readonly disabled: boolean;
}

/** How an issuer's pages look, and where they lead beside themselves. */
export interface Theme {
  readonly name?: string | undefined;
  readonly logo_uri?: string | undefined;
  /** The logo for dark pages, where the other cannot be seen on them. */
  readonly logo_uri_dark?: string | undefined;
  /** `#rrggbb` */
  readonly color?: string | undefined;
  readonly support_url?: string | undefined;
  readonly privacy_url?: string | undefined;
  readonly terms_url?: string | undefined;
  /** Where users who have forgotten their password get help. */
  readonly forgot_password_url?: string | undefined;
}

/** An issuer and whether it answers on its own host alone. */
export interface ServedIssuer extends Issuer {
  readonly ownHost: boolean;
  readonly theme: Theme | null;
  /** A server serves none that is. */
  readonly disabled: boolean;
}

/** A page of an issuer, where users sign in. */
export interface PageRoute {
  /** What it is below; absent: `/account` of the issuer. A path of the origin is of the first issuer there. */
  readonly below?: 'issuer' | 'origin';
  readonly path: string;
  readonly get?: Handler;
  readonly post?: Handler;
}

/** Whether a server can do all that it is there for. */
export interface Readiness {
  readonly ready: boolean;
  /** What is not as it should be, in plain words; empty where it is ready. */
  readonly checks: Readonly<Record<string, string>>;
}

/** A mistake that the person at the keyboard can mend: one line, no stack trace, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Does all of `works`, one after the other, and gives what they give; a UsageError has the mistakes of all, each on a line
 * of its own.
 */
export async function allMistakes<T>(works: readonly (() => T | Promise<T>)[]): Promise<T[]> {
  const done: T[] = [];
  const mistakes: string[] = [];
  for (const work of works)
    try {
      done.push(await work());
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      mistakes.push(error.message);
    }
  if (mistakes.length > 0) throw new UsageError(mistakes.join('\n'));
  return done;
}

/** Why the system refused, in words such as "permission denied"; the message of any other error. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'errno' in error && typeof error.errno === 'number'
    ? getSystemErrorMessage(error.errno)
    : error.message;
}

/** What may pass by itself, such as a database that does not answer: one line, exit code 3. */
export class TemporaryError extends Error {
  override readonly name = 'TemporaryError';
}

/** Other processes that serve the same port, and are told at once what this one has learned. */
export interface Peers<Note> {
  tell(note: Note): void;
  hear(listener: (note: Note) => void): void;
}

/** Failures that are counted together. Times in epoch milliseconds. */
export interface AttemptCount {
  readonly key: string;
  /** In a row: since the last success. */
  readonly failures: number;
  /** What the failures cost is worked off by then. */
  readonly busy_until: number;
  /** From then on it is as if there were none. */
  readonly expires_at: number;
}

/** Where failures are counted, by all processes together. */
export interface AttemptStore {
  /** The counts that there are, by key. */
  readAttempts(keys: readonly string[], now: number): Promise<ReadonlyMap<string, AttemptCount>>;
  /** Replaces counts by what `judge` makes of them as they are. Nobody else changes them meanwhile; it may run twice. */
  changeAttempts(
    keys: readonly string[],
    now: number,
    judge: (counts: ReadonlyMap<string, AttemptCount>) => readonly AttemptCount[],
  ): Promise<void>;
}

/** What the database knows of its master keys. */
export interface StoredRing {
  /** The check value of the key that it is bound to. */
  readonly check: string;
  readonly rotation?: StoredRotation | undefined;
  /** Sealed under the newest key: hash keys of those that are gone. */
  readonly hashes?: string | undefined;
}

/** Either key opens the other: a server that was started with one of the two has both. */
interface StoredRotation {
  /** The check value of the new key. */
  readonly check: string;
  /** Epoch milliseconds: from when on the new key is used. */
  readonly activates_at: number;
  /** The new key under the old one. */
  readonly next: string;
  /** The old key under the new one. */
  readonly previous: string;
}
