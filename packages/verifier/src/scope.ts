// What a route requires of a token (RFC 6750 §3.1).

import type { VerifiedToken } from './claims.ts';
import { VerifierError } from './verifier-error.ts';

/** What a route requires of a token, beyond that it is good. */
export interface Requirements {
  /** Scopes (RFC 6749 §3.3): a list, or a string with spaces between them. The token must have all of them. */
  readonly scope?: string | readonly string[] | undefined;
}

export const scopesOf = ({ scope = [] }: Requirements = {}): readonly string[] =>
  typeof scope === 'string' ? scope.split(' ') : scope;

export function requireScopes({ scope }: VerifiedToken, requirements: Requirements | undefined): void {
  if (requirements?.scope === undefined) return;
  const required = scopesOf(requirements);
  const missing = required.filter((each) => !scope.includes(each));
  if (missing.length === 0) return;
  const message = `The token lacks the scope ${missing.join(' ')}: ask for one that has it.`;
  throw new VerifierError('scope_missing', message, { scope: required });
}
