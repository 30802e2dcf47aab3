// What every answer tells a browser, whatever made it (OWASP ASVS 5.0, 3.4).

import { type HttpResponse, isLoopbackHost } from '@tessera-oauth/core';

/** A year, as 3.4.1 asks. Not for subdomains: they are not this server's. */
const strictTransport = { 'Strict-Transport-Security': 'max-age=31536000' } as const;
const noSniffing = { 'X-Content-Type-Options': 'nosniff' } as const;
/** The window that opened a page cannot steer it, nor learn where it goes on to. */
const ownWindow = { 'Cross-Origin-Opener-Policy': 'same-origin' } as const;

/** Whether it is https, and not on this machine. */
function isOfOthers(url: string): boolean {
  const host = /^https:\/\/(\[[^\]]*\]|[^/:]*)/.exec(url)?.[1];
  return host !== undefined && !isLoopbackHost(host);
}

/** `url` is one that clients see: RFC 6797 §7.2 wants nothing of this over plain HTTP, and it would lock up localhost. */
export const browserHeaders = (url: string, headers: HttpResponse['headers']): HttpResponse['headers'] => ({
  ...noSniffing,
  ...(isOfOthers(url) && strictTransport),
  ...(String(headers['Content-Type']).startsWith('text/html') && ownWindow),
});
