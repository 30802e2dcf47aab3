import { builtInDialects, indistinguishableReasons } from '@tessera-oauth/core';
import { describe, expect, test } from 'vitest';
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
  [
    { extends: 'klingon' },
    'a.yaml: extends: got "klingon", expected one of standard, trelica, tilia, or of the gallery (tessera dialect list)',
  ],
  [
    { extends: 5 },
    'a.yaml: extends: got 5, expected one of standard, trelica, tilia, or of the gallery (tessera dialect list)',
  ],
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
  [
    { headers: { 'Cache-Control': null } },
    /^a\.yaml: headers: got .*, expected a Cache-Control with no-store$/,
  ],
  [{ headers: { 'X-A': 5 } }, 'a.yaml: headers.X-A: got 5, expected a text, in quotes'],
  [
    { errors: { status: { invalid_client: 204 } } },
    'a.yaml: errors.status.invalid_client: got 204, expected 200, or 400 to 599',
  ],
  [{ errors: { body: ['error_description'] } }, /^a\.yaml: errors\.body: got .*, expected error among them$/],
  [
    { errors: { rename: { invalid_client: 'b c' } } },
    'a.yaml: errors.rename.invalid_client: got "b c", expected an error code without spaces',
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

// Of a rule that may be several things, the mistake of the one that was meant; of a long list, the name that is near.
test.each<[own: object, line: string | RegExp]>([
  [
    { answer: { expires: { from: 'expires' } } },
    'answer.expires.from: got "expires", did you mean expires_in?',
  ],
  [{ answer: { expires: 'expires' } }, 'answer.expires: got "expires", did you mean expires_in?'],
  [{ answer: { a: { form: 'expires_in' } } }, 'answer.a.form: unknown key, did you mean from?'],
  [
    { answer: { a: { from: 'expires_in', as: 'nmuber' } } },
    'answer.a.as: got "nmuber", expected one of number, string, iso8601: did you mean number?',
  ],
  [{ answer: { a: { from: 'expires_in', unit: 's', colour: 'red' } } }, /^answer\.a\.colour: unknown key$/],
  [
    { answer: { a: { members: { b: { list: [{ from: 'scop' }] } } } } },
    'answer.a.members.b.list[0].from: got "scop", did you mean scope?',
  ],
  [{ answer: { a: { members: 5 } } }, 'answer.a.members: got 5, expected keys and values'],
  [
    { answer: { a: { value: 1, grant_types: ['refresh'] } } },
    /^answer\.a\.grant_types\[0\]: got "refresh", expected one of client_credentials, [a-z_]+, refresh_token$/,
  ],
  [
    { answer: { a: { colour: 'red' } } },
    /^answer\.a: got \{"colour":"red"\}, expected one of .*, or \{ list \}$/,
  ],
  [{ answer: { a: 5 } }, /^answer\.a: got 5, expected one of .*, or \{ list \}$/],
  [{ answer: { a: null } }, /^answer\.a: got null, expected one of/],
  [
    { errors: { body: ['eror'] } },
    /^errors\.body\[0\]: got "eror", expected one of .*: did you mean error\?$/,
  ],
  [
    { errors: { body: { e: { by_eror: {} } } } },
    'errors.body.e.by_eror: unknown key, did you mean by_error?',
  ],
  [
    { errors: { body: { e: { from: 'statu' } } } },
    'errors.body.e.from: got "statu", expected one of error, error_description, status, request_id, timestamp: did you mean status?',
  ],
  [{ refresh_token: { given: { scop: 'x' } } }, 'refresh_token.given.scop: unknown key, did you mean scope?'],
  [
    { refresh_token: { given: { parameter: 'a' } } },
    'refresh_token.given.value: got nothing, expected a text',
  ],
  [
    withClaims({ a: { from: 'jti' } }),
    'access_token.claims.a.otherwise: got nothing, expected a value that JSON has',
  ],
  [
    withClaims({ a: { from: 'subjekt', otherwise: '' } }),
    'access_token.claims.a.from: got "subjekt", did you mean subject?',
  ],
])('what was meant: %j', (own, line) => {
  const message = from(own);
  expect(message.startsWith('a.yaml: ')).toBe(true);
  const [first = ''] = message.split('\n');
  if (typeof line === 'string') expect(message.slice('a.yaml: '.length)).toBe(line);
  else expect(first.slice('a.yaml: '.length)).toMatch(line);
});

test.each<[own: object, line: string]>([
  [{ scop: {} }, 'a.yaml: scop: unknown key, did you mean scope?'],
  [{ paths: { introspecton: '/i' } }, 'a.yaml: paths.introspecton: unknown key, did you mean introspection?'],
  [
    { grant_types: ['client_credential'] },
    'a.yaml: grant_types[0]: got "client_credential", expected one of client_credentials, authorization_code, refresh_token: did you mean client_credentials?',
  ],
  [
    { extends: 'standrd' },
    'a.yaml: extends: got "standrd", expected one of standard, trelica, tilia, or of the gallery (tessera dialect list): did you mean standard?',
  ],
])('a misspelt name, %j, has the right one beside it', (own, line) => {
  expect(from(own)).toBe(line);
});

test('a key that is misspelt is not said to be missing as well', () => {
  const { expires_in: _, scope, ...rest } = builtInDialects[0];
  expect(refusal({ ...rest, name: 'acme', scop: scope })).toBe(
    'a.yaml: scop: unknown key, did you mean scope?',
  );
});

test('an empty file is one mistake', () => {
  expect(refusal({})).toBe(
    'a.yaml: got nothing, expected a dialect: its name, what it extends, and what differs',
  );
});

test.each(['extend', 'extnds'])(
  'a dialect that says %s is told of extends, and of nothing that follows from it',
  (key) => {
    expect(refusal({ name: 'acme', [key]: 'standard' })).toBe(
      `a.yaml: ${key}: unknown key, did you mean extends?`,
    );
  },
);

test('a dialect that builds on none must say everything', () => {
  const lines = refusal({ name: 'acme', headers: {} }).split('\n');
  const keys = lines.map((line) => /^a\.yaml: (\w+): got nothing, expected /.exec(line)?.[1]);
  expect(keys).toEqual([
    ...['paths', 'client_authentication', 'parameters_from', 'grant_types', 'scope'],
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
    for (const line of message.split('\n'))
      expect(line).toMatch(
        /^a\.yaml: access_token\.claims\.a[^\n]+(, expected|: unknown key, did you) [^\n]+$/,
      );
    expect(message).not.toMatch(/a number|a null|a boolean/);
  },
);

// What is the server's to say: the frame of an answer, where it leads, what a browser may do with it.
test.each([
  ['Content-Type', 'text/html'],
  ['Content-Type', 'text/html; charset=application/json'],
  ['content-type', 'application/jsonp'],
  ['Access-Control-Allow-Origin', '*'],
  ['access-control-allow-credentials', 'true'],
  ['Location', 'https://evil.example/'],
  ['Refresh', '0; url=https://evil.example/'],
  ['Link', '</x>; rel=preload'],
  ['Set-Cookie', 'a=b'],
  ['Content-Encoding', 'gzip'],
  ['Content-Security-Policy', "default-src 'none'"],
  ['Strict-Transport-Security', 'max-age=0'],
  ['WWW-Authenticate', 'Basic'],
  ['X-Request-Id', '1'],
  ['Retry-After', '1'],
  ['Vary', '*'],
  ['Clear-Site-Data', '"cookies"'],
  ['Cache-Control', 'no-store, public'],
  ['Cache-Control', 'no-store, max-age=60'],
  ['Cache-Control', 'no-store, immutable'],
])('the header %s: %s is refused', (name, value) => {
  const { 'Content-Type': type, ...others } = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
  };
  const headers = {
    ...(/content-type/i.test(name) ? {} : { 'Content-Type': type }),
    ...others,
    [name]: value,
  };
  const base = { ...builtInDialects[0], name: 'acme', headers };
  expect(refusal(base)).toMatch(/^a\.yaml: headers[^\n]*: got [^\n]+, expected [^\n]+$/);
});

test.each([
  'application/json',
  'application/json;charset=UTF-8',
  'Application/JSON ; charset=utf-8; profile=x',
])('the type %s is JSON', (type) => {
  expect(from({ headers: { 'Content-Type': type, 'X-Acme': '1', Expires: '0' } })).toBe('accepted');
});

test.each<[own: object, line: RegExp]>([
  [
    { status: { invalid_cleint: 401 } },
    /errors\.status\.invalid_cleint: got 401, .*did you mean invalid_client\?/,
  ],
  [
    { status: { secret_wrong: 401 } },
    /errors\.status\.secret_wrong: got 401, expected an error code in its place$/,
  ],
  [{ rename: { secret_worng: 'x' } }, /errors\.rename\.secret_worng: got "x", .*did you mean secret_wrong\?/],
  [{ rename: { Invalid_Scope: 'x' } }, /did you mean invalid_scope\?/],
  [
    { rename: { colour: 'x' } },
    /errors\.rename\.colour: got "x", expected an error code or a reason in its place$/,
  ],
  [{ rename: { toString: 'x' } }, /errors\.rename\.toString/],
])('the names of errors are known: %j', (errors, line) => {
  expect(from({ errors })).toMatch(line);
});

describe('reasons that share an answer on purpose', () => {
  const groups = indistinguishableReasons.map(({ error, reasons }) => [error, reasons] as const);
  test.each(groups)('are renamed together, or as %s', (error, reasons) => {
    const named = (name: (reason: string, index: number) => string) => ({
      errors: { rename: Object.fromEntries(reasons.map((reason, index) => [reason, name(reason, index)])) },
    });
    for (const reason of reasons)
      expect(from({ errors: { rename: { [reason]: 'apart' } } }), reason).toContain(
        `expected ${error} in its place`,
      );
    expect(from(named((_reason, index) => `name_${index === 1 ? 1 : 0}`))).toContain(
      'share an answer on purpose',
    );
    expect(from(named(() => 'one'))).toBe('accepted');
    expect(from({ errors: { rename: { [error]: 'one' } } })).toBe('accepted');
  });

  test('are all that the core answers alike', () => {
    const listed = new Set(groups.flatMap(([, reasons]) => reasons));
    for (const reason of [
      'client_unknown',
      'secret_wrong',
      'code_expired',
      'code_verifier_wrong',
      'refresh_token_replayed',
    ])
      expect(listed).toContain(reason);
  });
});
