// tessera dialect: what is built in, what a file of one's own says, and what is wrong with it.

import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { describe, expect, test } from 'vitest';
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

test('list and show read the dialects of a configuration, whatever else is wrong with it', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialects-'));
  await writeFile(join(folder.path, 'own.yaml'), 'name: acme\nextends: tilia\n');
  const write = (text: string) => writeFile(join(folder.path, 'tessera.yaml'), text);
  const list = (env: Record<string, string> = {}) => run(['dialect', 'list'], { cwd: folder.path, env });
  await write('dialects: [own.yaml]\nlisten: {port: http}\nissuers: [{name: A}]\nlisen: 1\n');
  expect((await list({ TESSERA_UNHEARD_OF: '1', TESSERA_PUBLIC_URL: 'x' })).stdout).toMatch(
    /^acme +own +\/token\b/m,
  );
  expect((await list({ TESSERA_DIALECTS: '[]' })).stdout).not.toContain('acme');
  await write('dialects: own.yaml\n');
  const { code, stderr } = await list();
  expect([code, stderr]).toEqual([
    2,
    'tessera: tessera.yaml:1:1: dialects: got "own.yaml", expected a list of files, such as [dialects/acme.yaml]\n',
  ]);
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

test('check tells mistakes to programs, too', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialects-'));
  await writeFile(join(folder.path, 'a.yaml'), 'name: a\nextends: tilia\nexpires_in: float\n');
  await writeFile(join(folder.path, 'b.json'), '{\n  "name": "b",\n  "extends": "tilai"\n}\n');
  await writeFile(join(folder.path, 'c.yaml'), '');
  const files = ['a.yaml', 'b.json', 'c.yaml', 'missing.yaml'];
  const check = (...named: string[]) =>
    run(['dialect', 'check', ...named, '--output', 'json'], { cwd: folder.path });
  const [unreadable, wrong] = await Promise.all([check(...files), check(...files.slice(0, 3))]);
  expect([wrong.code, wrong.stderr]).toEqual([2, '']);
  expect(JSON.parse(wrong.stdout)).toEqual({
    valid: false,
    errors: [
      {
        file: 'a.yaml',
        line: 3,
        column: 1,
        path: 'expires_in',
        message: 'got "float", expected one of number, string',
      },
      {
        file: 'b.json',
        line: 3,
        column: 3,
        path: 'extends',
        message: expect.stringMatching(/^got "tilai", expected .*: did you mean tilia\?$/),
      },
      { file: 'c.yaml', path: '', message: expect.stringMatching(/^got nothing, expected a dialect/) },
    ],
  });
  expect(JSON.parse(unreadable.stdout).errors).toEqual([
    { file: 'missing.yaml', path: '', message: 'cannot read it (no such file or directory)' },
  ]);
});

test('the schema is printed as YAML where that is asked for', async () => {
  const { stdout } = await run(['dialect', 'schema', '-o', 'yaml']);
  expect(parse(stdout)).toEqual(JSON.parse(JSON.stringify(dialectJsonSchema())));
  expect(stdout).toMatch(/^\$schema: /);
});

describe('diff', () => {
  const claims =
    '{ sub: subject, client_id: client_id, iat: issued_at, exp: expires_at, jti: jti, scope: scope }';
  const files = {
    'base.yaml': 'name: base\nextends: standard\npaths: { token: /t, deny_list: null }\n',
    'acme.yaml': `name: acme\nextends: base\nheaders: { X-A: b }\naccess_token: { claims: ${claims} }\n`,
    'same.yaml': 'name: same\nextends: standard\n',
  };
  const diff = async (...args: string[]) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialects-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
    await writeFile(join(folder.path, 'tessera.yaml'), 'dialects: [base.yaml, gone.yaml]\nlisten: wrong\n');
    return await run(['dialect', 'diff', ...args], { cwd: folder.path });
  };

  test('says field by field what differs, by names and files', async () => {
    const [changed, whole, extended] = await Promise.all([
      diff('standard', 'base'),
      diff('standard', 'acme.yaml'),
      diff('acme.yaml', 'standard', '-o', 'json'),
    ]);
    expect(changed.stdout.split('\n')).toEqual([
      'standard → base: 2 fields differ (+ only in base, - only in standard)',
      '',
      '~ paths.token: "/oauth2/token" → "/t"',
      '- paths.deny_list: "/oauth2/deny-list"',
      '',
    ]);
    // What is long has lines of its own.
    expect(whole.stdout).toContain(
      '~ access_token.claims (order)\n    standard: ["iss","exp","aud","sub","client_id","iat","jti","scope"]\n' +
        '    acme.yaml: ["sub","client_id","iat","exp","jti","scope"]\n- access_token.claims.iss: "issuer"\n',
    );
    expect(whole.stdout).toContain('\n+ headers.X-A: "b"\n');
    const { a, b, differences } = JSON.parse(extended.stdout);
    expect([a, b]).toEqual(['acme.yaml', 'standard']);
    expect(differences).toEqual(
      expect.arrayContaining([
        { path: 'paths.token', change: 'changed', a: '/t', b: '/oauth2/token' },
        { path: 'paths.deny_list', change: 'added', b: '/oauth2/deny-list' },
        { path: 'headers.X-A', change: 'removed', a: 'b' },
      ]),
    );
  });

  test('says that nothing differs', async () => {
    const [none, name] = await Promise.all([diff('base.yaml', 'base.yaml'), diff('standard', 'same.yaml')]);
    expect([none.code, none.stdout]).toEqual([0, 'base.yaml and base.yaml: nothing differs\n']);
    expect([name.code, name.stdout]).toEqual([0, 'standard and same.yaml: nothing differs but the name\n']);
  });

  test('names what it does not know', async () => {
    const { code, stderr } = await diff('standard', 'tilai');
    expect([code, stderr]).toEqual([
      2,
      'tessera: dialect: got "tilai", expected a YAML or JSON file, one of standard, trelica, tilia, base, ' +
        'or of the gallery (tessera dialect list): did you mean tilia?\n',
    ]);
  });
});
