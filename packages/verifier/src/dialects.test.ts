// What a dialect says of its tokens, seen by an API; the built-in ones as the server has them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtInTokens } from './built-in-tokens.ts';
import { findTokenDialect, tokenDialects } from './dialects.ts';
import { createVerifier } from './verifier.ts';

const claims = { cid: 'client_id', iat: 'issued_at', exp: 'expires_at', id: 'jti', scp: 'scope_list' };
const own = (access_token: object = {}) => ({ name: 'acme', extends: 'standard', access_token });
const withClaims = (more: object) => own({ claims: { ...claims, ...more } });

describe('the built-in dialects', () => {
  test('are those of the server', () => {
    const ofServer = builtInDialects.map(({ name, access_token: { algs, header, claims: all } }) => [
      name,
      { algs, header: { typ: header.typ }, claims: all },
    ]);
    expect(Object.entries(builtInTokens)).toEqual(ofServer);
  });

  test.each(builtInDialects.map((dialect) => [dialect.name, dialect] as const))(
    '%s by its name is what its content says',
    (name, dialect) => {
      expect(tokenDialects[name]).toEqual(findTokenDialect(dialect));
    },
  );

  test('are what they were', () => {
    const common = { client_id: 'client_id', jti: 'jti' };
    expect(tokenDialects).toEqual({
      standard: {
        ...common,
        algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
        typ: 'at+jwt',
        required: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
        scope: 'scope',
      },
      trelica: {
        ...common,
        algorithms: ['RS256'],
        typ: null,
        required: ['iss', 'nbf', 'exp', 'iat', 'client_id', 'jti', 'scope'],
        scope: 'scope',
      },
      tilia: {
        ...common,
        algorithms: ['RS512'],
        typ: 'JWT',
        required: ['client_id', 'exp', 'iat', 'jti', 'scopes'],
        scope: 'scopes',
      },
    });
  });
});

describe('a dialect of one’s own', () => {
  test('is the one that it extends, but for what it says', () => {
    expect(findTokenDialect({ name: 'acme', extends: 'tilia' })).toEqual(tokenDialects.tilia);
    expect(findTokenDialect(own({ algs: ['EdDSA'], header: { typ: null } }))).toEqual({
      ...tokenDialects.standard,
      algorithms: ['EdDSA'],
      typ: null,
    });
  });

  test('has its claims as a whole', () => {
    expect(findTokenDialect(withClaims({ sub: 'subject', plan: { value: 'x' } }))).toEqual({
      algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
      typ: 'at+jwt',
      required: ['cid', 'iat', 'exp', 'id', 'scp', 'sub'],
      scope: 'scp',
      client_id: 'cid',
      jti: 'id',
    });
  });

  test('may extend none', () => {
    const access_token = { algs: ['RS256'], lifetime: 60, header: { typ: 'JWT', kid: true }, claims };
    expect(findTokenDialect({ name: 'acme', access_token })).toMatchObject({ typ: 'JWT', scope: 'scp' });
  });

  test('may be a description of its tokens alone', () => {
    const described = { ...tokenDialects.standard, scope: 'permissions' };
    expect(findTokenDialect(described)).toBe(described);
  });

  test.each<[what: string, dialect: Parameters<typeof findTokenDialect>[0], message: RegExp]>([
    [
      'one that is not built in',
      { name: 'acme', extends: 'slack' },
      /^dialect acme: it extends slack, .*tessera dialect show acme -o json > acme\.json/,
    ],
    ['a name that an object has', { name: 'acme', extends: 'toString' }, /it extends toString/],
    ['HMAC', own({ algs: ['ES256', 'HS256'] }), /access_token\.algs: expected some of ES256/],
    ['no algorithm', own({ algs: [] }), /access_token\.algs: expected/],
    ['algs taken away', own({ algs: null }), /access_token\.algs: expected a list/],
    ['claims taken away', own({ claims: null }), /expected header and claims/],
    [
      'a typ that is a number',
      own({ header: { typ: 5 } }),
      /access_token\.header\.typ: expected a text, or null/,
    ],
    ['no expiry', withClaims({ exp: undefined, expires: 'expires_at' }), /no exp, so it could not be seen/],
    ['no time of issue', withClaims({ iat: undefined, at: 'issued_at' }), /no iat, so/],
    [
      'an expiry that is another time',
      withClaims({ exp: 'issued_at' }),
      /the claim exp is not from expires_at/,
    ],
    ['an nbf that is the end', withClaims({ nbf: 'expires_at' }), /the claim nbf is not from not_before or/],
    ['an nbf that is a text', withClaims({ nbf: { value: 'now' } }), /the claim nbf/],
    ['a sub that is a list', withClaims({ sub: 'scope_list' }), /the claim sub/],
    ['an iss that is a client', withClaims({ iss: 'client_id' }), /the claim iss/],
    ['no scope', withClaims({ scp: undefined }), /no claim from scope or scope_list/],
    ['no client', withClaims({ cid: undefined }), /no claim from client_id/],
    ['no id', withClaims({ id: undefined }), /no claim from jti/],
    ['nothing but a name', { name: 'acme' }, /^dialect acme: access_token\.algs: expected a list$/],
    [
      'an unknown name',
      'klingon',
      /^dialect: got "klingon", expected standard, trelica, tilia, an object, or a file, as tessera dialect show klingon -o json > klingon\.json/,
    ],
  ])('%s is refused before there is a token', (_what, dialect, message) => {
    expect(() => createVerifier({ issuer: 'https://a.example', audience: 'x', dialect })).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) }),
    );
  });
});

describe('a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-verifier-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const withFile = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };

  test.each([
    ['acme.yaml', 'name: acme # of Acme\nextends: tilia\naccess_token: { algs: [RS256] }\n'],
    ['acme.yml', 'name: acme\nextends: tilia\naccess_token:\n  algs: [RS256]\n'],
    ['acme.json', '{"name": "acme", "extends": "tilia", "access_token": {"algs": ["RS256"]}}'],
  ])('%s', async (name, text) => {
    expect(findTokenDialect(await withFile(name, text))).toEqual({
      ...tokenDialects.tilia,
      algorithms: ['RS256'],
    });
  });

  test.each([
    ['bad.yaml', 'name: [a\n', /cannot read .*bad\.yaml: /],
    ['bad.json', '{', /cannot read .*bad\.json: /],
    ['list.yaml', '- a\n', /list\.yaml is no dialect: it has no name/],
    ['empty.yaml', '', /empty\.yaml is no dialect/],
  ])('%s is refused', async (name, text, message) => {
    const file = await withFile(name, text);
    expect(() => findTokenDialect(file)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) }),
    );
  });

  test('that is not there is refused', () => {
    expect(() => findTokenDialect(join(folder, 'nowhere.yaml'))).toThrow(
      /^dialect: cannot read .*nowhere\.yaml/,
    );
  });
});
