// tessera dialect: what is built in, what a file of one's own says, and what is wrong with it.

import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { dialectJsonSchema } from '../../packages/server/src/config/dialect-schema.ts';
import { readDialect } from '../../packages/server/src/config/dialects.ts';
import { tessera as run } from './program.ts';

test('list, show and schema need no deployment', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialects-'));
  const [list, json, shown, schema, unknown, misspelt] = await Promise.all(
    [
      ['dialect', 'list'],
      ['dialect', 'list', '--output', 'json'],
      ['dialect', 'show', 'trelica'],
      ['dialect', 'schema'],
      ['dialect', 'show', 'klingon'],
      ['dialect', 'show', 'shopfy'],
    ].map((args) => run(args, { cwd: folder.path })),
  );
  expect(list?.stdout).toMatch(/^trelica +built in +\/connect\/token +Trelica's POST \/connect\/token$/m);
  expect(list?.stdout).toMatch(/^slack +gallery +\/api\/oauth\.v2\.access +Slack's OAuth v2, /m);
  expect(JSON.parse(json?.stdout ?? '')).toContainEqual({
    name: 'tilia',
    token_endpoint: '/token',
    from: 'built in',
    is: "Tilia's POST /token",
    built_in: true,
  });
  // What is shown is a whole dialect, to be written to a file and changed.
  const dialect = readDialect({ ...parse(shown?.stdout ?? ''), name: 'own' }, 'shown');
  expect(dialect).toEqual({ ...builtInDialects[1], name: 'own' });
  expect(JSON.parse(schema?.stdout ?? '')).toEqual(dialectJsonSchema());
  expect([unknown?.code, unknown?.stderr]).toEqual([
    2,
    'tessera: dialect: got "klingon", expected one of standard, trelica, tilia, or of the gallery (tessera dialect list)\n',
  ]);
  expect(misspelt?.stderr).toMatch(/: did you mean shopify\?\n$/);
});

test('a dialect of the gallery is shown by its name, and those of the configuration stand beside it', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialects-'));
  await writeFile(join(folder.path, 'acme.yaml'), 'name: acme\nextends: azure-v2\n');
  await writeFile(join(folder.path, 'tessera.yaml'), 'dialects: [slack, acme.yaml]\n');
  const [shown, list, check] = await Promise.all(
    [
      ['dialect', 'show', 'okta'],
      ['dialect', 'list'],
      ['dialect', 'check', 'acme.yaml'],
    ].map((args) => run(args, { cwd: folder.path })),
  );
  expect(parse(shown?.stdout ?? '').paths.token).toBe('/v1/token');
  expect(list?.stdout.match(/^(slack|acme) .*/gm)).toEqual([
    expect.stringMatching(/^slack +gallery /),
    expect.stringMatching(/^acme +own +\/oauth2\/v2\.0\/token +-$/),
  ]);
  expect(check?.stdout).toBe('valid: acme\n');
});

test('check names each mistake by its line, and what is valid by its name', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialects-'));
  await writeFile(join(folder.path, 'good.yaml'), 'name: acme\nextends: base\n');
  await writeFile(join(folder.path, 'base.yaml'), 'name: base\nextends: tilia\n');
  await writeFile(
    join(folder.path, 'bad.yaml'),
    'name: acme\nextends: tilia\nerrors:\n  rename: { secret_wrong: x }\n',
  );
  const check = (...files: string[]) => run(['dialect', 'check', ...files], { cwd: folder.path });
  const [good, bad] = await Promise.all([check('good.yaml', 'base.yaml'), check('bad.yaml')]);
  expect([good.code, good.stdout]).toEqual([0, 'valid: base, acme\n']);
  expect([bad.code, bad.stdout]).toEqual([2, '']);
  expect(bad.stderr).toMatch(
    /^tessera: bad\.yaml:4:13: errors\.rename\.secret_wrong: got "x", expected invalid_client/,
  );
});

test('the schema knows every field, and leaves out nothing that a file may say', () => {
  const { properties } = dialectJsonSchema() as { properties: Record<string, unknown> };
  for (const dialect of builtInDialects)
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(dialect)));
  expect(Object.keys(properties)).toEqual(
    expect.arrayContaining(['extends', 'refresh_token', 'redundant_credentials']),
  );
  expect(JSON.stringify(properties)).toContain('"required_of_public_clients"');
});
