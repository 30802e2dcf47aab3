import { expect, test } from 'vitest';
import { readDialect } from './dialects.ts';

const claims = { client_id: 'client_id', iat: 'issued_at', exp: 'expires_at', jti: 'jti', scope: 'scope' };
const withClaims = (more: object) => ({ access_token: { claims: { ...claims, ...more } } });
const without = (name: keyof typeof claims) => {
  const { [name]: _, ...rest } = claims;
  return { access_token: { claims: rest } };
};

const refusal = (document: Record<string, unknown>): string => {
  try {
    readDialect(document, 'a.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};
const from = (own: object) => refusal({ name: 'acme', extends: 'standard', ...own });

// Each mistake: the key, the value that was got, and what was expected in its stead.
test.each<[own: object, line: string | RegExp]>([
  [{ extends: 'klingon' }, 'a.yaml: extends: got "klingon", expected one of standard, trelica, tilia'],
  [{ extends: 5 }, 'a.yaml: extends: got 5, expected one of standard, trelica, tilia'],
  [{ name: 'Acme' }, 'a.yaml: name: got "Acme", expected lower-case letters, digits and hyphens'],
  [{ colour: 'red' }, 'a.yaml: colour: unknown key'],
  [{ scope: { colour: 'red' } }, 'a.yaml: scope.colour: unknown key'],
  [{ paths: { token: 'token' } }, 'a.yaml: paths.token: got "token", expected a path such as /oauth2/token'],
  [
    { paths: { token: '/.well-known/openid-configuration' } },
    /^a\.yaml: paths\.token: got "\/\.well-known\/openid-configuration", expected a path other than/,
  ],
  [{ client_authentication: [] }, /^a\.yaml: client_authentication: got \[\], expected at least 1 item/],
  [
    { client_authentication: ['mtls'] },
    /^a\.yaml: client_authentication\[0\]: got "mtls", expected one of client_/,
  ],
  [{ parameters_from: ['query'] }, 'a.yaml: parameters_from: got ["query"], expected body among them'],
  [
    { grant_types: ['password'] },
    /^a\.yaml: grant_types\[0\]: got "password", expected one of client_credentials, authorization_code, refresh_token$/,
  ],
  [{ expires_in: 'float' }, 'a.yaml: expires_in: got "float", expected one of number, string'],
  [
    { access_token: { algs: ['none'] } },
    /^a\.yaml: access_token\.algs\[0\]: got "none", expected one of ES256, /,
  ],
  [{ access_token: { algs: [] } }, /^a\.yaml: access_token\.algs: got \[\], expected at least 1 item/],
  [{ access_token: { lifetime: 0 } }, 'a.yaml: access_token.lifetime: got 0, expected at least 1'],
  [{ access_token: { lifetime: '1h' } }, 'a.yaml: access_token.lifetime: got "1h", expected a number'],
  [
    { access_token: { lifetime: 86_401 } },
    'a.yaml: access_token.lifetime: got 86401, expected at most 86400',
  ],
  // The server says what a token is bound to, and for whom it acts.
  [withClaims({ cnf: { value: {} } }), /^a\.yaml: access_token\.claims\.cnf: got .*, expected another name/],
  [withClaims({ act: 'subject' }), /^a\.yaml: access_token\.claims\.act: got .*, expected another name/],
  [{ headers: { 'X-A': 'x\ny' } }, 'a.yaml: headers.X-A: got "x\\ny", expected printable ASCII'],
  [{ headers: { 'Cache-Control': null } }, 'a.yaml: headers.Cache-Control: got null, expected a string'],
  [
    { errors: { status: { invalid_client: 200 } } },
    /^a\.yaml: errors\.status\.invalid_client: got 200, expected at/,
  ],
  [{ errors: { body: ['error_description'] } }, /^a\.yaml: errors\.body: got .*, expected error among them$/],
  [
    { errors: { rename: { a: 'b c' } } },
    'a.yaml: errors.rename.a: got "b c", expected an error code without spaces',
  ],
  [
    withClaims({ jti: 'nonce' }),
    /^a\.yaml: access_token\.claims\.jti: got "nonce", expected one of issuer, /,
  ],
  [
    withClaims({ a: 1 }),
    /^a\.yaml: access_token\.claims\.a: got 1, expected one of issuer, .*, or \{ from, otherwise \}/,
  ],
  [
    { scope: { delimiter: ',' } },
    /^a\.yaml: scope: got \{"delimiter":",".*, expected the delimiter among what it/,
  ],
])('%j', (own, line) => {
  if (typeof line === 'string') expect(from(own)).toBe(line);
  else expect(from(own)).toMatch(line);
});

test('a dialect that builds on none must say everything', () => {
  const lines = refusal({ name: 'acme', headers: {} }).split('\n');
  const keys = lines.map((line) => /^a\.yaml: (\w+): got nothing, expected /.exec(line)?.[1]);
  expect(keys).toEqual([
    ...['paths', 'client_authentication', 'parameters_from', 'grant_types', 'scope', 'expires_in'],
    ...['access_token', 'credentials', 'errors'],
  ]);
});

// What a token cannot do without: to expire, to be revoked, to be traced to its client.
test.each([
  ['client_id', 'a claim from client_id'],
  ['iat', 'a claim from issued_at'],
  ['exp', 'a claim from expires_at'],
  ['jti', 'a claim from jti'],
  ['scope', 'a claim from scope or scope_list'],
] as const)('claims without %s are refused', (name, expected) => {
  expect(from(without(name))).toMatch(/^a\.yaml: access_token\.claims: got [^\n]+$/);
  expect(from(without(name))).toContain(`expected ${expected}`);
});

// RFC 6749 §5.1: an answer with a token MUST NOT be stored.
test.each([
  [{ 'Cache-Control': 'max-age=60' }],
  [{ 'Cache-Control': 'no-cache' }],
  [{ 'Cache-Control': '' }],
  [{ 'Cache-Control': 'x-no-store' }],
  // Names of headers know no case (RFC 9110 §5.1): this one stands beside the Cache-Control of the other dialect.
  [{ 'cache-control': 'max-age=60' }],
  [{ 'Cache-Control': 'no-store', 'CACHE-CONTROL': 'public' }],
])('the headers %j are refused', (headers) => {
  expect(from({ headers })).toMatch(/^a\.yaml: headers.*: got [^\n]+, expected [^\n]+$/);
});

test('two endpoints at one path are refused', () => {
  const message = from({ paths: { token: '/oauth2/jwks' } });
  expect(message).toMatch(/^a\.yaml: paths: got [^\n]+, expected a path of its own for each endpoint$/);
});

// A mistake that is found by looking at several keys is still a mistake of one, and shows its value.
test.each([
  [without('jti'), 'got {"client_id":"client_id","iat":'],
  [{ headers: { 'Cache-Control': 'max-age=60' } }, 'got {"Content-Type":"application/json","Cache-Control":'],
  [{ paths: { token: '/oauth2/jwks' } }, 'got {"token":"/oauth2/jwks",'],
])('%j shows the value of the key that it names', (own, got) => {
  expect(from(own)).toContain(got);
});

test('a delimiter is shown so that it can be seen', () => {
  expect(from({ scope: { delimiter: ';' } })).toMatch(
    /^a\.yaml: scope\.delimiter: got ";", expected one of " ", ","$/,
  );
});

test('a header name with a space is explained', () => {
  const message = from({ headers: { 'Bad Header': 'x' } });
  expect(message).toMatch(/Bad Header/);
  expect(message).toMatch(/expected a header name$/);
});

test.each([{ form: 'jti' }, { from: 'nonce', otherwise: '' }, { from: 'jti' }])(
  'a claim of the wrong form, %j, is not said to be right as a number',
  (rule) => {
    const message = from(withClaims({ a: rule }));
    expect(message).toMatch(/^a\.yaml: access_token\.claims\.a[^\n]+, expected [^\n]+$/);
    expect(message).not.toMatch(/a number|a null|a boolean/);
  },
);
