// What a request shows before the protocol judges it: the client, and what it asks for. It is read leniently, and only
// the mock relies on it.

import { type HttpRequest, isForm, readBasic } from '@tessera-oauth/core';

export interface Seen {
  readonly endpoint: string;
  readonly client_id: string | undefined;
  readonly grant_type: string | undefined;
  /** Whether it has a client secret. */
  readonly has_secret: boolean;
  /** Every value of a parameter, in the body and in the query. */
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

export function look(endpoint: string, request: HttpRequest): Seen {
  const query = new URLSearchParams(request.query);
  const body = new URLSearchParams(isForm(request) ? Buffer.from(request.body).toString() : '');
  const all = (name: string) => [...body.getAll(name), ...query.getAll(name)];
  const basic = basicOf(request);
  return {
    endpoint,
    client_id: basic?.client_id ?? all('client_id')[0],
    grant_type: all('grant_type')[0],
    has_secret: basic !== undefined || all('client_secret').length > 0,
    all,
  };
}

function basicOf({ headers: { authorization = '' } }: HttpRequest) {
  try {
    return readBasic(String(authorization))[0];
  } catch {
    return undefined;
  }
}
