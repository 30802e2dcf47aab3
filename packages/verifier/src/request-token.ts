// The token that a request was let in with, by the request object that the framework hands to its handlers.

import type { VerifiedToken } from './claims.ts';

const tokens = new WeakMap<object, VerifiedToken>();

export const setToken = (request: object, token: VerifiedToken): void => void tokens.set(request, token);

/**
 * The token of a request that `requireToken` of an adapter has let in. `request` is the object that the framework gives
 * to a handler (of Hono, its Context). Throws a TypeError for any other.
 */
export function tokenOf(request: object): VerifiedToken {
  const token = tokens.get(request);
  if (token === undefined) throw new TypeError('tokenOf: no token was required of this request');
  return token;
}
