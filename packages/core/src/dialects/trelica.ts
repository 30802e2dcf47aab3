// Trelica's POST /connect/token: as its API page says, and as its engine, an IdentityServer, answers.

import type { Dialect } from './dialect.ts';

export const trelica = Object.freeze({
  name: 'trelica',
  paths: {
    token: '/connect/token',
    introspection: '/connect/introspect',
    revocation: '/connect/revocation',
    jwks: '/.well-known/openid-configuration/jwks',
    deny_list: '/connect/deny-list',
    authorization: '/connect/authorize',
    userinfo: '/connect/userinfo',
    end_session: '/connect/endsession',
  },
  client_authentication: ['client_secret_basic', 'client_secret_post', 'none'],
  redundant_credentials: 'ignored',
  parameters_from: ['body'],
  grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
  authorization_code: { lifetime: 300, pkce: 'required_of_public_clients', scope_required: true },
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
    algs: ['RS256'],
    lifetime: 3600,
    header: { typ: null, kid: true },
    claims: {
      iss: 'issuer',
      nbf: 'not_before',
      exp: 'expires_at',
      iat: 'issued_at',
      aud: 'resources',
      client_id: 'client_id',
      sub: 'user_id',
      auth_time: 'auth_time',
      idp: 'identity_provider',
      amr: 'amr',
      sid: 'session_id',
      jti: 'jti',
      scope: 'scope_list',
    },
  },
  credentials: { client_id: 'token', client_secret: 'token' },
  headers: {
    'Content-Type': 'application/json; charset=UTF-8',
    'Cache-Control': 'no-store, no-cache, max-age=0',
    Pragma: 'no-cache',
  },
  errors: {
    status: { server_error: 500, temporarily_unavailable: 503 },
    challenge: false,
    body: ['error'],
    rename: {
      grant_type_missing: 'unsupported_grant_type',
      code_missing: 'invalid_grant',
      basic_malformed: 'invalid_client',
    },
  },
} as const satisfies Dialect);
