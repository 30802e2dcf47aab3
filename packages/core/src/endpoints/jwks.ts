// The published key set (RFC 7517 §5).

import type { HttpRequest, HttpResponse, Issuer } from '../model.ts';
import type { Ports } from '../ports.ts';
import { publicDocument } from './public-document.ts';

export function jwksEndpoint(request: HttpRequest, issuer: Issuer, ports: Ports): HttpResponse {
  const { json: body, etag } = ports.keys.jwks(issuer.name);
  return publicDocument(request, { type: 'application/jwk-set+json', etag, seconds: 300, body });
}
