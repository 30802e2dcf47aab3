// Headers of answers. Some are the server's own, and refused.

import fc from 'fast-check';

const headerNames = ['Pragma', 'Expires', 'X-Vendor', 'x-oauth-scopes', 'Server', 'Warning'];
const ownHeaderNames = [
  ...[
    'X-Content-Type-Options',
    'Set-Cookie',
    'Location',
    'CDN-Cache-Control',
    'X-Accel-Expires',
    'X-Sendfile',
  ],
  ...['Surrogate-Control', 'NEL', 'Timing-Allow-Origin', 'Access-Control-Allow-Origin', 'WWW-Authenticate'],
  ...[
    'x-request-id',
    'retry-after',
    'X-Accel-Redirect',
    'Cloudflare-CDN-Cache-Control',
    'Reporting-Endpoints',
  ],
];
export const headers = fc
  .record({
    type: fc.constantFrom('Content-Type', 'content-type'),
    json: fc.constantFrom(
      'application/json',
      'application/json; charset=UTF-8',
      'application/json;charset=utf-8',
    ),
    cache: fc.constantFrom('Cache-Control', 'cache-control'),
    store: fc.constantFrom('no-store', 'no-store, no-cache, max-age=0', 'private, no-store'),
    more: fc.dictionary(
      fc.oneof(
        { weight: 15, arbitrary: fc.constantFrom(...headerNames) },
        { weight: 1, arbitrary: fc.constantFrom(...ownHeaderNames) },
      ),
      fc.constantFrom('x', '', 'max-age=3600', 'no-cache'),
      { maxKeys: 2 },
    ),
  })
  .map(({ type, json, cache, store, more }) => ({ [type]: json, ...more, [cache]: store }));
