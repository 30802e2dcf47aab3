// The published key set (RFC 7517 §5), with an ETag so that asking again is cheap (RFC 9110 §13.1.2).

import { publicHeaders } from './metadata.ts';
import type { HttpRequest, HttpResponse, Issuer } from './model.ts';
import type { Ports } from './ports.ts';

export function jwksEndpoint(request: HttpRequest, issuer: Issuer, ports: Ports): HttpResponse {
  const { json, etag } = ports.keys.jwks(issuer.name);
  const headers = { ...publicHeaders, ETag: etag };
  const known = String(request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304, headers, body: '' };
  return { status: 200, headers: { 'Content-Type': 'application/jwk-set+json', ...headers }, body: json };
}
