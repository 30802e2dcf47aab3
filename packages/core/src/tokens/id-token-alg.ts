// By which algorithm an ID token is signed (OpenID Connect Core 1.0 §15.1, Dynamic Client Registration 1.0 §2).

import type { SigningAlgorithm } from '../dialects/dialect.ts';
import type { Client, Issuer } from '../model.ts';

/** OpenID Connect Dynamic Client Registration 1.0 §2: what a client expects that asked for nothing else. */
const defaultAlg = 'RS256';

/**
 * The algorithms of an issuer's ID tokens, the default first; none where its dialect has no users. RS256 is always among
 * them (OpenID Connect Core 1.0 §15.1), beside the issuer's own.
 */
export const idTokenAlgs = ({
  dialect,
  signing_alg,
}: Pick<Issuer, 'dialect' | 'signing_alg'>): readonly SigningAlgorithm[] =>
  dialect.grant_types.includes('authorization_code') ? [...new Set([defaultAlg, signing_alg] as const)] : [];

/** The algorithm for a client: what it is registered for, and the issuer's own where the issuer does not have that. */
export function idTokenAlg(
  { id_token_signed_response_alg: registered }: Pick<Client, 'id_token_signed_response_alg'>,
  issuer: Pick<Issuer, 'dialect' | 'signing_alg'>,
): SigningAlgorithm {
  return idTokenAlgs(issuer).find((alg) => alg === registered) ?? issuer.signing_alg;
}
