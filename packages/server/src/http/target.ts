// Whom a request asks, and for what: its authority and its target (RFC 9112 §3.2).

import type { IncomingMessage } from 'node:http';
import { invalidRequest, type OAuthError } from '@tessera-oauth/core';

export interface Target {
  /** Host and port; undefined where the request names none. */
  readonly authority: string | undefined;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

type Head = Pick<IncomingMessage, 'url' | 'headers'>;

/** RFC 9112 §3.2.2: where the target is a whole URL, its authority counts and the Host header does not. */
export function targetOf({ url = '/', headers }: Head): Target {
  const [, authority = headers.host, rest = url] = /^https?:\/\/([^/?]*)(.*)$/is.exec(url) ?? [];
  const mark = rest.indexOf('?');
  return mark === -1
    ? { authority, path: rest, query: '' }
    : { authority, path: rest.slice(0, mark), query: rest.slice(mark + 1) };
}

// RFC 3986 §3.2.2, §3.2.3. RFC 9110 §4.2.4: user information before the host is an error.
const authorities = /^(\[[\da-f:.]+\]|[\w.~%!$&'()*+,;=-]*)(:\d*)?$/i;

/** RFC 9112 §3.2: 400 to a request without a Host header, with more than one, or with one that is no host. */
export function hostMistake(
  request: Head & Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>,
): OAuthError | undefined {
  const { headers, rawHeaders, httpVersion } = request;
  if (headers.host === undefined)
    return httpVersion === '1.1' ? invalidRequest('host_missing', 'The Host header is missing.') : undefined;
  const hosts = rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.length === 4 && /^host$/i.test(name),
  );
  const { authority = '' } = targetOf(request);
  if (hosts.length === 1 && authorities.test(headers.host) && authorities.test(authority)) return undefined;
  return invalidRequest('host_malformed', 'Expected one Host header, with a host name and perhaps a port.');
}
