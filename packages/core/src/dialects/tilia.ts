// Tilia's POST /token: as its API page and the token in its sample say.

import type { Dialect } from './dialect.ts';

export const tilia = Object.freeze({
  name: 'tilia',
  paths: {
    token: '/token',
    introspection: '/introspect',
    revocation: '/revoke',
    jwks: '/jwks',
    deny_list: '/deny-list',
    user_token: '/authorize/user',
  },
  client_authentication: ['client_secret_post', 'client_secret_basic'],
  redundant_credentials: 'ignored',
  parameters_from: ['body', 'query'],
  grant_types: ['client_credentials'],
  scope: { delimiter: ',', accepts: [',', ' '], repeatable: true, required: true },
  expires_in: 'string',
  answer: {
    access_token: 'access_token',
    token_type: 'token_type',
    expires_in: 'expires_in',
    scope: { from: 'scope', otherwise: '' },
  },
  access_token: {
    algs: ['RS512'],
    lifetime: 3600,
    header: { typ: 'JWT', kid: false },
    claims: {
      account_id: { from: 'user_id', otherwise: '' },
      client_id: 'client_id',
      exp: 'expires_at',
      iat: 'issued_at',
      integrator: 'owner',
      jti: 'jti',
      nbf: { value: 0 },
      scopes: 'scope_list',
      token_type: 'grant_type',
      username: { from: 'user_name', otherwise: '' },
    },
  },
  credentials: { client_id: 'uuid', client_secret: 'uuid' },
  headers: {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate',
    Pragma: 'no-cache',
    Expires: 'Fri, 01 Jan 1990 00:00:00 GMT',
  },
  errors: {
    status: { server_error: 500, temporarily_unavailable: 503 },
    challenge: false,
    body: ['error', 'error_description'],
    rename: { invalid_client: 'unauthorized_client', client_authentication_missing: 'invalid_request' },
  },
} as const satisfies Dialect);
