import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtInDialects } from '../dialects/index.ts';
import type { Authorization, Issuer } from '../model.ts';
import { readClaims, spellClaims } from './claims.ts';
import { tokenTypeOf } from './confirmation.ts';

const word = fc.stringMatching(/^[a-z.]{1,10}$/);

const issuerOf = (dialect: Issuer['dialect'], resources: readonly string[]): Issuer => ({
  name: 'test',
  issuer: 'https://auth.example.com',
  dialect,
  signing_alg: 'ES256',
  access_token_lifetime: 3600,
  token_reuse: 0,
  resources,
  vouched_users: 'own',
  scopes: [],
  ui_locales: [],
});

test('a bound token says so, and for whom it acts, in every dialect', () => {
  for (const dialect of builtInDialects) {
    const issuer = issuerOf(dialect, []);
    const cnf = { jkt: 'thumbprint' };
    const bound = { ...authorizationOf('client', [], []), cnf, actor: { sub: 'agent' } };
    const claims = spellClaims(bound, issuer, 'jti', 0);
    expect(claims).toMatchObject({ cnf, act: { sub: 'agent' } });
    expect(readClaims(claims, dialect)?.cnf).toEqual(cnf);
    const plain = spellClaims(authorizationOf('client', [], []), issuer, 'jti', 0);
    expect(plain).not.toHaveProperty('cnf');
    expect(plain).not.toHaveProperty('act');
  }
});

test.each([
  [undefined, 'Bearer'],
  [{ jkt: 'thumbprint' }, 'DPoP'],
  // RFC 8705 §3: the type says nothing of the certificate.
  [{ 'x5t#S256': 'thumbprint' }, 'Bearer'],
])('a token bound by %j is of type %s', (cnf, token_type) => {
  expect(tokenTypeOf(cnf)).toBe(token_type);
});

const authorizationOf = (
  client_id: string,
  scope: readonly string[],
  resources: readonly string[],
): Authorization => ({
  client: {
    client_id,
    client_id_issued_at: 0,
    client_name: 'name',
    owner: 'owner',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: [],
    scope,
    redirect_uris: [],
    post_logout_redirect_uris: [],
    logo_uri: null,
    client_uri: null,
    policy_uri: null,
    tos_uri: null,
    consent_message: null,
    require_pkce: null,
    refresh_token_given: null,
    token_reuse: null,
    introspection: 'own',
    id_token_signed_response_alg: 'RS256',
    id_token_user_claims: false,
    disabled: false,
    secrets: [],
  },
  grant_type: 'client_credentials',
  authentication: { method: 'client_secret_basic' },
  subject: client_id,
  scope,
  resources,
});

test.each(builtInDialects.map((dialect) => [dialect.name, dialect] as const))(
  '%s: what is spelled is read',
  (_, dialect) => {
    fc.assert(
      fc.property(
        word,
        fc.uniqueArray(word),
        fc.uniqueArray(fc.webUrl()),
        fc.uuid(),
        (id, scope, resources, jti) => {
          const issuer = issuerOf(dialect, resources);
          const claims = spellClaims(authorizationOf(id, scope, resources), issuer, jti, 1_700_000_000);
          const read = readClaims(JSON.parse(JSON.stringify(claims)), dialect);
          expect(read).toMatchObject({
            client_id: id,
            jti,
            scope,
            issued_at: 1_700_000_000,
            expires_at: 1_700_003_600,
          });
        },
      ),
    );
  },
);

test('claims stand in the dialect’s order', () => {
  for (const dialect of builtInDialects) {
    const claims = spellClaims(
      authorizationOf('c', ['a'], ['https://a.example']),
      issuerOf(dialect, []),
      'j',
      1,
    );
    const order = Object.keys(dialect.access_token.claims).filter((name) => name in claims);
    expect(Object.keys(claims)).toEqual(order);
    expect(order.length).toBeGreaterThan(7);
  }
});

test('without a resource the audience is the first registered one, else the issuer (RFC 9068 §3)', () => {
  const [standard] = builtInDialects;
  const authorization = authorizationOf('c', [], []);
  expect(spellClaims(authorization, issuerOf(standard, ['https://api.example']), 'j', 1)).toMatchObject({
    aud: 'https://api.example',
  });
  expect(spellClaims(authorization, issuerOf(standard, []), 'j', 1)).toMatchObject({
    aud: 'https://auth.example.com',
  });
});

test.each([[{}], [{ client_id: 1 }], [{ client_id: 'c', jti: 'j', iat: 1, exp: 'soon', scope: '' }]])(
  'a payload of another making, %j, is not read',
  (payload) => {
    for (const dialect of builtInDialects) expect(readClaims(payload, dialect)).toBeUndefined();
  },
);

test('where there is no scope, the empty text that a dialect writes is no scope', () => {
  const [standard] = builtInDialects;
  const rules = { ...standard.access_token.claims, scope: { from: 'scope', otherwise: '' } } as const;
  const dialect = { ...standard, access_token: { ...standard.access_token, claims: rules } };
  const claims = spellClaims(authorizationOf('c', [], []), issuerOf(dialect, []), 'j', 1);
  expect(claims).toMatchObject({ scope: '' });
  expect(readClaims(claims, dialect)?.scope).toEqual([]);
});
