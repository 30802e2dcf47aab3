// What a request shows before the protocol judges it: the client, and what it asks for. It is read leniently, and only
// the mock relies on it.

import {
  type Dialect,
  type HttpRequest,
  type Parameters,
  parseParameters,
  readBasic,
  readGrantType,
} from '@tessera-oauth/core';

export interface Seen {
  readonly endpoint: string;
  readonly client_id: string | undefined;
  readonly grant_type: string | undefined;
  /** Whether it has a client secret. */
  readonly has_secret: boolean;
  /** Every value of a parameter, by its standard name. */
  all(name: string): readonly string[];
}

/** For ports that belong to no request. */
export const nothing: Seen = {
  endpoint: 'none',
  client_id: undefined,
  grant_type: undefined,
  has_secret: false,
  all: () => [],
};

export function look(endpoint: string, request: HttpRequest, dialect: Dialect): Seen {
  const parameters = read(request, dialect);
  const basic = basicOf(request);
  return {
    endpoint,
    client_id: basic?.client_id ?? parameters?.get('client_id'),
    grant_type: endpoint === 'token' && parameters ? readGrantType(parameters, dialect) : undefined,
    has_secret: basic !== undefined || parameters?.get('client_secret') !== undefined,
    all: (name) => parameters?.all(name) ?? [],
  };
}

/** Undefined for what the protocol cannot read either, and refuses. */
function read(request: HttpRequest, { requests }: Dialect): Parameters | undefined {
  try {
    return parseParameters(request, { ...requests, from: ['body', 'query'], known: [] });
  } catch {
    return undefined;
  }
}

function basicOf({ headers: { authorization = '' } }: HttpRequest) {
  try {
    return readBasic(String(authorization))[0];
  } catch {
    return undefined;
  }
}
