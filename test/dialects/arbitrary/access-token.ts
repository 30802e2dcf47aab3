// Access tokens: their header, and claims from every source, of which some would give them powers.

import fc from 'fast-check';
import { constant } from './values.ts';

const claimSources = [
  ...[
    'issuer',
    'audience',
    'resources',
    'subject',
    'client_id',
    'owner',
    'user_id',
    'user_name',
    'auth_time',
  ],
  ...['amr', 'identity_provider', 'session_id', 'grant_type', 'scope', 'scope_list', 'issued_at'],
  ...['not_before', 'expires_at', 'jti'],
];
/** What would make a token speak for somebody, or for more than was allowed. */
const powers = fc.constantFrom('user-1', 'openid', 'openid write_user_tokens', ['openid'], '', []);
const claim = fc.oneof(
  fc.constantFrom(...claimSources),
  fc.record({ from: fc.constantFrom(...claimSources), otherwise: fc.oneof(powers, constant) }),
  fc.record({ value: constant }),
);
const claimNames = ['uid', 'scp', 'roles', 'account', 'nbf', 'amr', 'constructor', 'toString'];
const needed = fc.record({
  client_id: fc.constantFrom('client_id', 'cid', 'azp'),
  issued_at: fc.constantFrom('iat', 'issued'),
  expires_at: fc.constantFrom('exp', 'ends'),
  jti: fc.constantFrom('jti', 'id'),
  scope: fc.constantFrom('scope', 'scopes'),
  subject: fc.constantFrom('sub', 'who', undefined),
  audience: fc.constantFrom<unknown[]>(
    {},
    { aud: 'audience', iss: 'issuer' },
    { aud: { from: 'resources', otherwise: 'https://other.example' } },
  ),
  listed: fc.boolean(),
});
const claims = fc
  .tuple(needed, fc.dictionary(fc.constantFrom(...claimNames), claim, { maxKeys: 3 }))
  .map(([{ client_id, issued_at, expires_at, jti, scope, subject, audience, listed }, more]) => ({
    ...more,
    ...(audience as object),
    [client_id]: 'client_id',
    [issued_at]: 'issued_at',
    [expires_at]: 'expires_at',
    [jti]: 'jti',
    [scope]: listed ? 'scope_list' : 'scope',
    ...(subject !== undefined && { [subject]: 'subject' }),
  }));

export const access_token = fc.record({
  algs: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(['EdDSA'], ['ES256'], ['EdDSA', 'RS256'], ['ES256', 'PS256']) },
    { weight: 1, arbitrary: fc.constantFrom(['RS256'], ['PS256', 'EdDSA'], ['RS512']) },
  ),
  lifetime: fc.constantFrom(1, 60, 3600, 86_400),
  header: fc.record({ typ: fc.constantFrom('at+jwt', 'JWT', null), kid: fc.boolean() }),
  claims,
});
