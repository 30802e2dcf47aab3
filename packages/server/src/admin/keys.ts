// Signing keys: listed, rotated, revoked. Their schedule is kept by the server.

import type { SigningAlgorithm } from '@tessera-oauth/core';
import { type IssuerKeys, leadOf, linesOf } from '../keys/key-lines.ts';
import { clockLeeway, type KeyState, keyState } from '../keys/key-state.ts';
import type { StoredKey } from '../model.ts';
import { holdIssuer } from '../store/tables/issuers.ts';
import { addKey, lockKey, pageOfKeys, revokeKey } from '../store/tables/signing-keys.ts';
import { conflict, notFound } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';
import { unknownIssuer } from './existing.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

/** A signing key without its private part. Times in epoch milliseconds; null: not known yet. */
export type KeyListing = Omit<StoredKey, 'public_jwk' | 'sealed_private_key'> & {
  /** Where it is in its life now. */
  readonly state: KeyState;
};

/** The keys of all issuers, or of one, the newest first. */
export const listKeys = (
  { db, now }: Pick<AdminContext, 'db' | 'now'>,
  filter: { readonly issuer?: string | undefined },
  request: ListRequest,
): Promise<Page<KeyListing>> =>
  pageOf(
    request,
    ['number', 'string'],
    (page) => pageOfKeys(db, filter, page),
    (key) => listingOf(key, now()),
  );

/** The algorithms of an issuer's keys: that of its access tokens first, then what else it signs ID tokens by. */
export const keyAlgs = (issuer: IssuerKeys): readonly SigningAlgorithm[] =>
  linesOf(issuer).map(({ alg }) => alg);

/**
 * Publishes a new key of one of `keyAlgs`, that of access tokens unless another is named. It signs once every verifier
 * can know it; at once where `immediately` says so, and where the issuer's tokens name no key. Throws `not_found` for the
 * issuer, and `conflict` where another process was first.
 */
export async function rotateKey(
  context: AdminContext,
  issuer: IssuerKeys,
  immediately: boolean,
  alg = issuer.signing_alg,
): Promise<KeyListing> {
  const activates_at = context.now() + (immediately ? 0 : leadOf(issuer));
  const record = (key: StoredKey) =>
    change(context, 'key.rotate', async (transaction) => {
      if ((await holdIssuer(transaction, issuer.name)) === undefined) throw unknownIssuer(issuer.name);
      if (!(await addKey(transaction, key, clockLeeway)))
        throw conflict('issuer', `issuer ${issuer.name}: another process has just rotated its key`);
      const { kid, alg, activates_at } = key;
      return { issuer: issuer.name, target: kid, before: null, after: { alg, activates_at }, result: true };
    });
  const key = await context.keys.rotate(issuer, activates_at, alg, record);
  if (key === undefined)
    throw conflict('issuer', `issuer ${issuer.name}: another process has just rotated its key`);
  return listingOf(key, context.now());
}

/**
 * Ends a key that signs no more: its tokens are inactive, and it leaves the key set, at once. Throws `not_found` for
 * the issuer or the key, and `conflict` where it signs or will sign.
 */
export function revokeSigningKey(context: AdminContext, issuer: string, kid: string): Promise<KeyListing> {
  return change(context, 'key.revoke', async (transaction) => {
    const now = context.now();
    if ((await holdIssuer(transaction, issuer)) === undefined) throw unknownIssuer(issuer);
    const key = await lockKey(transaction, issuer, kid);
    if (key === undefined) throw notFound('kid', `key ${kid}: issuer ${issuer} has no such key`);
    if (!(await revokeKey(transaction, issuer, kid, now)))
      throw conflict('kid', `key ${kid}: will sign, or signs`);
    const { alg, activates_at, expires_at } = key;
    const before = { alg, activates_at, expires_at };
    const after = { ...before, expires_at: now };
    const result = listingOf({ ...key, expires_at: now }, now);
    return { issuer, target: kid, before, after, whole: true, result };
  });
}

const listingOf = ({ public_jwk, sealed_private_key, ...key }: StoredKey, now: number): KeyListing => ({
  ...key,
  state: keyState(key, now),
});
