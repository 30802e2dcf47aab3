// Authorization server metadata (RFC 8414), and the same for OpenID Connect Discovery 1.0.

import type { HttpResponse, Issuer } from './model.ts';

/** Public documents may be read by scripts of any origin and kept for five minutes. */
export const publicHeaders = {
  'Cache-Control': 'public, max-age=300',
  'Access-Control-Allow-Origin': '*',
} as const;

export function metadataEndpoint(issuer: Issuer): HttpResponse {
  const { dialect } = issuer;
  const at = (path: string) => issuer.issuer + path;
  const confidential = dialect.client_authentication.filter((method) => method !== 'none');
  const metadata = {
    issuer: issuer.issuer,
    token_endpoint: at(dialect.paths.token),
    jwks_uri: at(dialect.paths.jwks),
    introspection_endpoint: at(dialect.paths.introspection),
    revocation_endpoint: at(dialect.paths.revocation),
    // RFC 8414 §3.2: "Claims with zero elements MUST be omitted", but for the required ones of §2.
    ...(issuer.scopes.length > 0 && { scopes_supported: issuer.scopes }),
    response_types_supported: [],
    grant_types_supported: dialect.grant_types,
    token_endpoint_auth_methods_supported: dialect.client_authentication,
    introspection_endpoint_auth_methods_supported: confidential,
    revocation_endpoint_auth_methods_supported: dialect.client_authentication,
  };
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', ...publicHeaders },
    body: JSON.stringify(metadata),
  };
}
