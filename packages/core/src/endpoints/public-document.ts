// Documents that anybody may read, with an ETag so that asking again is cheap (RFC 9110 §13.1.2).

import type { HttpRequest, HttpResponse } from '../model.ts';

/** Headers of a document that caches may keep for `seconds`, and that scripts of any origin may read. */
export const publicHeaders = (seconds: number) => ({
  'Cache-Control': `public, max-age=${seconds}`,
  'Access-Control-Allow-Origin': '*',
});

export function publicDocument(
  request: HttpRequest,
  { type, etag, seconds, body }: { type: string; etag: string; seconds: number; body: string },
): HttpResponse {
  const headers = { ...publicHeaders(seconds), ETag: etag };
  const known = String(request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304, headers, body: '' };
  return { status: 200, headers: { 'Content-Type': type, ...headers }, body };
}
