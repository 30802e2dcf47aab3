// Authorization server metadata (RFC 8414), and the same for OpenID Connect Discovery 1.0.

import type { HttpResponse, Issuer } from '../model.ts';
import { acrValues } from '../tokens/id-token.ts';
import { publicHeaders } from './public-document.ts';

export function metadataEndpoint(issuer: Issuer): HttpResponse {
  const { dialect } = issuer;
  const at = (path: string) => issuer.issuer + path;
  const confidential = dialect.client_authentication.filter((method) => method !== 'none');
  const metadata = {
    issuer: issuer.issuer,
    token_endpoint: at(dialect.paths.token),
    jwks_uri: at(dialect.paths.jwks),
    // Tessera's own (RFC 8414 §2 lets there be more).
    ...(dialect.paths.deny_list !== undefined && { deny_list_uri: at(dialect.paths.deny_list) }),
    introspection_endpoint: at(dialect.paths.introspection),
    revocation_endpoint: at(dialect.paths.revocation),
    ...userMetadata(issuer),
    // RFC 8414 §3.2: "Claims with zero elements MUST be omitted", but for the required ones of §2.
    ...(issuer.scopes.length > 0 && { scopes_supported: issuer.scopes }),
    response_types_supported: dialect.paths.authorization === undefined ? [] : ['code'],
    grant_types_supported: dialect.grant_types,
    token_endpoint_auth_methods_supported: dialect.client_authentication,
    introspection_endpoint_auth_methods_supported: confidential,
    revocation_endpoint_auth_methods_supported: dialect.client_authentication,
  };
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', ...publicHeaders(300) },
    body: JSON.stringify(metadata),
  };
}

/** What there is where users sign in (RFC 8414 §2, OpenID Connect Discovery 1.0 §3, RFC 9207 §3). */
function userMetadata({ issuer, dialect: { paths }, signing_alg }: Issuer) {
  if (paths.authorization === undefined) return {};
  return {
    authorization_endpoint: issuer + paths.authorization,
    ...(paths.userinfo !== undefined && { userinfo_endpoint: issuer + paths.userinfo }),
    ...(paths.end_session !== undefined && { end_session_endpoint: issuer + paths.end_session }),
    response_modes_supported: ['query', 'fragment', 'form_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signing_alg],
    acr_values_supported: acrValues,
    claims_supported: [
      'sub',
      'auth_time',
      'acr',
      'amr',
      'sid',
      'name',
      'preferred_username',
      'email',
      'email_verified',
    ],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    ui_locales_supported: ['en', 'de'],
    request_parameter_supported: false,
    // OpenID Connect Discovery 1.0 §3: where it is left out, it is true.
    request_uri_parameter_supported: false,
  };
}
