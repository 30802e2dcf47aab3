// Authorization server metadata (RFC 8414), and the same for OpenID Connect Discovery 1.0.

import type { HttpResponse, Issuer } from '../model.ts';
import { authenticationMethods, pathOf, urlBelow } from './endpoint.ts';
import { allEndpoints } from './index.ts';
import { publicHeaders } from './public-document.ts';

export function metadataEndpoint(issuer: Issuer): HttpResponse {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', ...publicHeaders(300) },
    body: JSON.stringify(metadataOf(issuer)),
  };
}

function metadataOf(issuer: Issuer): Readonly<Record<string, unknown>> {
  const { dialect } = issuer;
  const members: Record<string, unknown> = { issuer: issuer.issuer };
  const served = allEndpoints.filter((endpoint) => pathOf(endpoint, dialect) !== undefined);
  for (const { name, metadata_uri } of served)
    if (metadata_uri !== undefined) members[metadata_uri] = urlBelow(issuer, dialect.paths[name] ?? '');
  for (const { metadata } of served) Object.assign(members, metadata?.(issuer));
  // RFC 8414 §3.2: "Claims with zero elements MUST be omitted", but for the required ones of §2.
  if (issuer.scopes.length > 0) members.scopes_supported = issuer.scopes;
  members.response_types_supported = dialect.paths.authorization === undefined ? [] : ['code'];
  members.grant_types_supported = dialect.grant_types;
  for (const endpoint of served)
    if (endpoint.clients !== undefined)
      members[`${endpoint.name}_endpoint_auth_methods_supported`] = authenticationMethods(endpoint, issuer);
  return members;
}
