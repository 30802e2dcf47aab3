// The key set of an issuer, as it is used and as it is published (RFC 7517 §5).

import { hash } from 'node:crypto';
import type { SigningKey } from '@tessera-oauth/core';
import type { JWK } from 'jose';
import type { StoredKey } from '../model.ts';

/** A key with its private key unsealed. */
export interface LoadedKey extends SigningKey {
  readonly stored: StoredKey;
  /** As it is published. */
  readonly jwk: JWK;
}

export interface PublishedSet {
  readonly json: string;
  readonly etag: string;
}

export interface KeySet {
  readonly keys: readonly LoadedKey[];
  readonly jwks: PublishedSet;
  /** For tokens that name no key: the first key of each algorithm. */
  readonly withoutKid: PublishedSet;
}

export function keySetOf(keys: readonly LoadedKey[]): KeySet {
  const first = keys.filter(({ alg }, at) => keys.findIndex((key) => key.alg === alg) === at);
  return { keys, jwks: publish(keys), withoutKid: publish(first) };
}

function publish(keys: readonly LoadedKey[]): PublishedSet {
  const json = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
  return { json, etag: `"${hash('sha256', json, 'base64url').slice(0, 22)}"` };
}
