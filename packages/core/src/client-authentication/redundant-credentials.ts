// What a request presents beside its credential without saying anything else: the same pair twice, a header that is no
// client credential. RFC 6749 §2.3 forbids it, engines of vendors take it, and so do dialects that say so.

import type { HttpRequest } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import { readBasic } from './client-secret-basic.ts';

interface Presentation {
  readonly request: HttpRequest;
  readonly parameters: Parameters;
}

/** What a client sends that has no credentials and joins them all the same: empty halves, or a language's word for nothing. */
const nothing = /^(undefined|null|none|nil)?$/i;

/** The request without what is redundant. A second credential that differs stays, for the caller to refuse. */
export function withoutRedundant(request: HttpRequest, parameters: Parameters): Presentation {
  const { authorization } = request.headers;
  if (authorization === undefined) return { request, parameters };
  const inHeader = readPairs(String(authorization));
  if (inHeader.length === 0) {
    const inBody = parameters.get('client_id') ?? parameters.get('client_secret');
    const { authorization: _stray, ...headers } = request.headers;
    return inBody === undefined ? { request, parameters } : { request: { ...request, headers }, parameters };
  }
  const secret = parameters.get('client_secret');
  const repeated = inHeader.some((pair) => pair.secret === secret);
  return { request, parameters: repeated ? without('client_secret', parameters) : parameters };
}

/** The client credentials of an Authorization header, in each way in which it can be read; empty: it has none. */
function readPairs(authorization: string): ReturnType<typeof readBasic> {
  try {
    return readBasic(authorization).filter(
      ({ client_id, secret }) => !(nothing.test(client_id) && nothing.test(secret)),
    );
  } catch {
    return [];
  }
}

const without = (hidden: string, parameters: Parameters): Parameters => ({
  get: (name) => (name === hidden ? undefined : parameters.get(name)),
  all: (name) => (name === hidden ? [] : parameters.all(name)),
});
