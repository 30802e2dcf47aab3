// The lines of an issuer's keys: one signs its access tokens, and one its ID tokens by RS256, where the first does not
// (docs/decisions/0018). In each line a key follows another.

import { type Issuer, idTokenAlgs, type SigningAlgorithm } from '@tessera-oauth/core';
import type { StoredKey } from '../model.ts';
import { keyState, publicationLead } from './key-state.ts';

/** The members of an issuer that its keys depend on. */
export type IssuerKeys = Pick<Issuer, 'name' | 'signing_alg' | 'access_token_lifetime' | 'dialect'>;

export interface KeyLine {
  readonly alg: SigningAlgorithm;
  /** The sequence number of its first key. */
  readonly first: number;
}

// Below those of access tokens: the release before takes the key of the highest number for the one that signs.
const firstOfIdTokens = -1_000_000_000;

export function linesOf(issuer: IssuerKeys): readonly KeyLine[] {
  const more = idTokenAlgs(issuer).filter((alg) => alg !== issuer.signing_alg);
  return [{ alg: issuer.signing_alg, first: 1 }, ...more.map((alg) => ({ alg, first: firstOfIdTokens }))];
}

/** Whether a key is of a line, of whatever algorithm: that of a line may change. */
export const isOfLine = ({ sequence }: Pick<StoredKey, 'sequence'>, { first }: KeyLine): boolean =>
  sequence > 0 === first > 0;

/** Milliseconds that a key is published before it signs: none where tokens name no key, and two would be one too many. */
export const leadOf = ({ dialect }: IssuerKeys): number =>
  dialect.access_token.header.kid ? publicationLead : 0;

/** When the next key of a line is to sign (epoch milliseconds); undefined: it need not be made yet. */
export function nextActivation(
  keys: readonly StoredKey[],
  { alg }: KeyLine,
  issuer: IssuerKeys,
  period: number,
  now: number,
): number | undefined {
  const latest = keys[0];
  if (latest === undefined) return now;
  // A server of the release before rotates one line and ends both.
  const due = latest.retires_at ?? (latest.alg === alg ? latest.activates_at + period : now);
  const lead = leadOf(issuer);
  if (due - lead > now) return undefined;
  return keys.some((key) => keyState(key, now) === 'active') ? Math.max(due, now + lead) : now;
}
