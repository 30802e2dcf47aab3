import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { describe, expect, test } from 'vitest';
import { loadDialects, readDialect } from './dialects.ts';
import { MistakesError } from './mistakes.ts';

const [standard, trelica] = builtInDialects;
const claims = { client_id: 'client_id', iat: 'issued_at', exp: 'expires_at', jti: 'jti', scope: 'scope' };
const from = (own: object) => readDialect({ name: 'acme', extends: 'standard', ...own }, 'acme.yaml');

describe('a dialect on top of another', () => {
  test('is the other, but for its name', () => {
    expect(from({})).toEqual({ ...standard, name: 'acme' });
    expect(readDialect({ name: 'acme', extends: 'trelica' }, 'acme.yaml')).toEqual({
      ...trelica,
      name: 'acme',
    });
  });

  test('says what differs, at any depth', () => {
    const dialect = from({ paths: { token: '/t' }, access_token: { header: { typ: 'JWT' } } });
    expect(dialect.paths).toEqual({ ...standard.paths, token: '/t' });
    expect(dialect.access_token).toEqual({ ...standard.access_token, header: { typ: 'JWT', kid: true } });
  });

  test('adds headers and renames errors', () => {
    const dialect = from({ headers: { 'X-Acme': '1' }, errors: { rename: { invalid_client: 'who' } } });
    expect(dialect.headers).toEqual({ ...standard.headers, 'X-Acme': '1' });
    expect(dialect.errors).toEqual({ ...standard.errors, rename: { invalid_client: 'who' } });
  });

  test('replaces lists as a whole', () => {
    expect(from({ client_authentication: ['none'] }).client_authentication).toEqual(['none']);
    expect(from({ access_token: { algs: ['EdDSA'] } }).access_token.algs).toEqual(['EdDSA']);
  });

  // Claims stand in the order that they are written in: a merge would leave others between them.
  test('replaces the claims as a whole, in its own order', () => {
    const own = { ...claims, env: { value: 'test' } };
    const dialect = from({ access_token: { claims: own } });
    expect(Object.entries(dialect.access_token.claims)).toEqual(Object.entries(own));
  });

  test('takes away by null what the other has', () => {
    const dialect = from({
      paths: { deny_list: null },
      headers: { Pragma: null },
      authorization_code: null,
      grant_types: ['client_credentials'],
      errors: { status: { server_error: null } },
    });
    expect(dialect.paths).not.toHaveProperty('deny_list');
    expect(Object.keys(dialect.headers)).toEqual(['Content-Type', 'Cache-Control']);
    expect(dialect).not.toHaveProperty('authorization_code');
    expect(dialect.errors.status).toEqual({ invalid_client: 401, temporarily_unavailable: 503 });
    // There null is a value.
    expect(from({ access_token: { header: { typ: null } } }).access_token.header.typ).toBeNull();
    expect(() => from({ paths: { token: null } })).toThrow('paths.token: got nothing');
  });

  test('leaves the other as it was', () => {
    const before = structuredClone(standard);
    from({ paths: { token: '/t' }, errors: { status: { invalid_client: 400 } } });
    expect(standard).toEqual(before);
  });
});

test('a dialect that says everything needs no other', () => {
  expect(readDialect({ ...standard, name: 'acme' }, 'acme.yaml')).toEqual({ ...standard, name: 'acme' });
});

describe('files', () => {
  const withFiles = async <T>(
    texts: readonly string[],
    work: (files: string[]) => Promise<T>,
  ): Promise<T> => {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-dialects-'));
    const files = texts.map((_, index) => join(folder, `${index}.yaml`));
    for (const [index, file] of files.entries()) await writeFile(file, texts[index] ?? '');
    return work(files).finally(() => rm(folder, { recursive: true }));
  };

  test('stand beside the built-in ones, by name', async () => {
    const texts = ['name: a\nextends: tilia\n', '{"name": "b", "extends": "standard"}'];
    const dialects = await withFiles(texts, loadDialects);
    expect([...dialects.keys()]).toEqual(['standard', 'trelica', 'tilia', 'a', 'b']);
    expect(dialects.get('a')?.scope.delimiter).toBe(',');
  });

  test('extend one another, in whatever order they stand', async () => {
    const texts = [
      'name: c\nextends: b\nexpires_in: string\n',
      'name: b\nextends: a\n',
      'name: a\nextends: tilia\nexpires_in: number\n',
    ];
    const dialects = await withFiles(texts, loadDialects);
    expect([...dialects.keys()].slice(3)).toEqual(['a', 'b', 'c']);
    expect([dialects.get('b')?.expires_in, dialects.get('c')?.expires_in]).toEqual(['number', 'string']);
  });

  test('say where a mistake is, in the order of the file', async () => {
    const text =
      '# Acme\nname: acme\nextends: standard\naccess_token:\n  lifetime: 0\n\ncolour: red\nscope: { delimiter: "," }\n';
    const refused = withFiles([text], loadDialects);
    await expect(refused).rejects.toThrow(
      /0\.yaml:5:3: access_token\.lifetime: got 0, [^\n]+\n[^\n]+0\.yaml:7:1: colour: unknown key\n[^\n]+0\.yaml:8:1: scope: got/,
    );
    await expect(withFiles(['name: a\nextends: b\n'], loadDialects)).rejects.toThrow(
      /0\.yaml:2:1: extends: got "b"/,
    );
    // Where the member is another dialect's, the nearest one of the file.
    const inherited = withFiles(
      ['name: a\nextends: standard\nheaders:\n  Cache-Control: public\n'],
      loadDialects,
    );
    await expect(inherited).rejects.toThrow(/0\.yaml:3:1: headers: got/);
  });

  test.each([
    ['themselves', ['name: a\nextends: a\n'], 'extends: got "a"'],
    ['each other in a circle', ['name: a\nextends: b\n', 'name: b\nextends: a\n'], 'extends: got "b"'],
  ])('may not extend %s', async (_what, texts, what) => {
    await expect(withFiles(texts, loadDialects)).rejects.toThrow(what);
  });

  test.each([
    [
      'the name of a built-in one',
      ['name: trelica\nextends: standard\n'],
      '"trelica", which another dialect has',
    ],
    [
      'one name twice',
      ['name: a\nextends: tilia\n', 'name: a\nextends: tilia\n'],
      '"a", which another dialect has',
    ],
    ['no name of its own', ['extends: standard\n'], '"standard", which another dialect has'],
    ['no YAML', ['name: [a\n'], '0.yaml:2:1: '],
    ['nothing', ['# later\n'], /0\.yaml: got nothing, expected a dialect[^\n]+$/],
    ['no keys', ['- name\n'], '0.yaml: expected keys and values'],
  ])('%s is refused', async (_what, texts, what) => {
    await expect(withFiles(texts, loadDialects)).rejects.toThrow(what);
  });

  test('the mistakes of all files are told at once, but for those that build on a bad one', async () => {
    const texts = [
      'name: a\nextends: tilia\nexpires_in: float\n',
      'name: b\nextends: tilia\ncolour: red\n',
      'name: c\nextends: a\ncolour: red\n',
    ];
    const error = await withFiles(texts, loadDialects).catch((thrown: unknown) => thrown);
    if (!(error instanceof MistakesError)) throw error;
    expect(error.mistakes.map(({ file, ...mistake }) => [basename(file), mistake])).toEqual([
      [
        '0.yaml',
        {
          line: 3,
          column: 1,
          path: 'expires_in',
          message: 'got "float", expected one of number, string',
        },
      ],
      ['1.yaml', { line: 3, column: 1, path: 'colour', message: 'unknown key' }],
    ]);
  });

  test('an editor may find its schema by $schema', async () => {
    const texts = ['{"$schema": "./dialect.schema.json", "name": "a", "extends": "tilia"}'];
    const dialects = await withFiles(texts, loadDialects);
    expect(dialects.get('a')).toEqual({ ...builtInDialects[2], name: 'a' });
  });

  test('a file that is not there', async () => {
    await expect(loadDialects(['/nowhere.yaml'])).rejects.toThrow(
      '/nowhere.yaml: cannot read it (no such file or directory)',
    );
  });
});
