import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { describe, expect, test } from 'vitest';
import { loadDialects, readDialect } from './dialects.ts';

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
    ['no YAML', ['name: [a\n'], '0.yaml: '],
    ['no keys', ['- name\n'], '0.yaml: expected keys and values'],
  ])('%s is refused', async (_what, texts, what) => {
    await expect(withFiles(texts, loadDialects)).rejects.toThrow(what);
  });

  test('a file that is not there', async () => {
    await expect(loadDialects(['/nowhere.yaml'])).rejects.toThrow(
      '/nowhere.yaml: cannot read it (no such file or directory)',
    );
  });
});
