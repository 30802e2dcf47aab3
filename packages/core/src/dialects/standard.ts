// The standard: RFC 6749 and OAuth 2.1 on the wire, RFC 9068 in the token.

import type { Dialect } from './dialect.ts';

export const standard = Object.freeze({
  name: 'standard',
  paths: {
    token: '/oauth2/token',
    introspection: '/oauth2/introspect',
    revocation: '/oauth2/revoke',
    jwks: '/oauth2/jwks',
    deny_list: '/oauth2/deny-list',
    authorization: '/oauth2/authorize',
    userinfo: '/oauth2/userinfo',
    end_session: '/oauth2/logout',
  },
  client_authentication: ['client_secret_basic', 'client_secret_post', 'none'],
  parameters_from: ['body'],
  grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
  authorization_code: { lifetime: 60, pkce: 'required', scope_required: false },
  scope: { delimiter: ' ', accepts: [' '], repeatable: false, required: false },
  expires_in: 'number',
  answer: {
    access_token: 'access_token',
    token_type: 'token_type',
    expires_in: 'expires_in',
    scope: 'scope',
    refresh_token: 'refresh_token',
    id_token: 'id_token',
  },
  access_token: {
    algs: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    lifetime: 3600,
    header: { typ: 'at+jwt', kid: true },
    claims: {
      iss: 'issuer',
      exp: 'expires_at',
      aud: 'audience',
      sub: 'subject',
      client_id: 'client_id',
      iat: 'issued_at',
      jti: 'jti',
      scope: 'scope',
    },
  },
  credentials: { client_id: 'uuid', client_secret: 'token' },
  headers: {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
  },
  errors: {
    status: { invalid_client: 401, server_error: 500, temporarily_unavailable: 503 },
    challenge: true,
    body: ['error', 'error_description'],
    rename: {},
  },
} as const satisfies Dialect);
