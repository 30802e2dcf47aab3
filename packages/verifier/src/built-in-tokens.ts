// What the dialects that a server has built in say of access tokens, as the server has it; a test holds it to that.

import type { DialectTokens } from './dialect-content.ts';

export const builtInTokens = {
  /** The JWT profile for access tokens (RFC 9068 §2). */
  standard: {
    algs: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    header: { typ: 'at+jwt' },
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
  /** Tokens have an `aud` if the client has asked for a resource (RFC 8707); ID tokens have a `typ`, these have none. */
  trelica: {
    algs: ['RS256'],
    header: { typ: null },
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
  /** Tokens have neither `iss` nor `aud`: each is good at every API of its issuer. */
  tilia: {
    algs: ['RS512'],
    header: { typ: 'JWT' },
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
} as const satisfies Record<string, DialectTokens>;
