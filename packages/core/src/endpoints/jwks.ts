// The published key set (RFC 7517 §5).

import type { Endpoint } from './endpoint.ts';
import { publicDocument } from './public-document.ts';

export const jwks: Endpoint<'jwks'> = {
  name: 'jwks',
  methods: ['GET', 'HEAD'],
  cross_origin: true,
  metadata_uri: 'jwks_uri',
  async handle({ request, issuer, ports }) {
    const { json: body, etag } = ports.keys.jwks(issuer.name, issuer.dialect.access_token.header.kid);
    return publicDocument(request, { type: 'application/jwk-set+json', etag, seconds: 300, body });
  },
  reference: {
    is: 'the keys that tokens are verified with (RFC 7517 §5)',
    parameters: {},
    answer: 'a JWK Set; it may be kept for five minutes, and has an `ETag`',
    errors: {},
  },
};
