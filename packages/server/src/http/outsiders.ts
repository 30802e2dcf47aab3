// What is for programs alone is not for web pages: a page may send requests to any address that its browser can reach.

import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackHost } from '@tessera-oauth/core';

export { isLoopbackHost as isLoopback } from '@tessera-oauth/core';

/**
 * Whether a request is of a page of another site, by its Origin (Fetch Standard §3.2, Fetch Metadata), or by a name that was
 * rebound to this machine: where a loopback address is listened on, Host names this machine, or one of `names`.
 */
export function isOutsider(
  { host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders,
  listening: string,
  names: readonly string[] = [],
): boolean {
  if (origin !== undefined && origin !== `http://${host}`) return true;
  if (site === 'cross-site' || site === 'same-site') return true;
  // No browser leaves it out.
  if (host === undefined || !isLoopbackHost(listening)) return false;
  const name = host.replace(/:\d*$/, '');
  return !isLoopbackHost(name) && !names.includes(name);
}
