// Scope sets (RFC 6749 §3.3): parse, narrow, join. Order is kept, case counts, repetition does not.

import { about, invalidRequest, OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';

// RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

export const isScopeToken = (token: string): boolean => scopeToken.test(token);

/** How a dialect writes scope sets. */
export interface ScopeRules {
  /** Joins the scopes of an answer. */
  readonly delimiter: string;
  /** Every character that separates the scopes of a request. */
  readonly accepts: readonly string[];
  /** Whether the parameter may stand more than once. */
  readonly repeatable: boolean;
  /** Whether a request must name its scope; otherwise none means all that the client may have. */
  readonly required: boolean;
}

/** Splits at any of `delimiters`; empty parts vanish, so a blank scope is an empty set. */
export function parseScope(value: string, delimiters: readonly string[]): string[] {
  const [first = ' ', ...others] = delimiters;
  let parts = value.split(first);
  for (const delimiter of others) parts = parts.flatMap((part) => part.split(delimiter));
  return [...new Set(parts)].filter((token) => token !== '');
}

/**
 * The scope that a request is granted: what it names, where the client may have all of that, or `allowed` where it
 * names none. Throws `invalid_scope`, or `invalid_request` where the dialect wants a scope named.
 */
export function grantScope(
  parameters: Parameters,
  rules: ScopeRules,
  allowed: readonly string[],
): readonly string[] {
  const [first, ...others] = parameters.all('scope');
  // Every delimiter separates, so values that stand apart may as well stand together.
  const value = others.length === 0 ? first : [first, ...others].join(rules.delimiter);
  const requested = value === undefined ? [] : parseScope(value, rules.accepts);
  if (requested.length > 0) return narrowScope(requested, allowed);
  if (rules.required)
    throw invalidRequest('scope_missing', 'The scope parameter is missing.', about('scope'));
  return allowed;
}

/** `requested`, where all of it is within `allowed`; throws `invalid_scope` naming what is not. */
export function narrowScope(requested: readonly string[], allowed: readonly string[]): readonly string[] {
  const beyond = requested.filter((token) => !allowed.includes(token));
  if (beyond.length === 0) return requested;
  // The description may hold only the characters of RFC 6749 §5.2, which a scope-token's all are.
  const named = beyond.filter(isScopeToken).slice(0, 10).join(' ');
  const what = named === '' ? 'a value with characters that no scope may have' : named;
  throw new OAuthError(
    'invalid_scope',
    'scope_not_allowed',
    `This client may not request: ${what}`,
    about('scope', beyond.join(' ')),
  );
}
