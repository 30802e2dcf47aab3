// What a route wants of a token (RFC 6750 §3.1).

import type { VerifiedToken } from './claims.ts';
import { VerifierError } from './verifier-error.ts';

export interface Wanted {
  /** The token must have all of them. */
  readonly scope?: string | readonly string[] | undefined;
}

export const scopesOf = ({ scope = [] }: Wanted = {}): readonly string[] =>
  typeof scope === 'string' ? scope.split(' ') : scope;

export function requireScopes({ scope }: VerifiedToken, wanted: Wanted | undefined): void {
  if (wanted?.scope === undefined) return;
  const needed = scopesOf(wanted);
  const lacking = needed.filter((each) => !scope.includes(each));
  if (lacking.length === 0) return;
  const message = `The token lacks the scope ${lacking.join(' ')}: ask for one that has it.`;
  throw new VerifierError('scope_missing', message, { scope: needed });
}
