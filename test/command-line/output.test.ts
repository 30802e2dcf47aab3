// What commands print: one shape for a noun, in three formats, of which nothing acts on a terminal.

import { spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Schema } from '../../packages/server/src/store/sql/schema.ts';
import { openSqlite } from '../../packages/server/src/store/sql/sqlite.ts';
import { inProcess, projectInProcess } from './in-process.ts';
import { cleanUp, type Project, program } from './program.ts';

let place: Project;
let db: Kysely<Schema>;

/** As an earlier release stored it: nobody judged it then. */
const hostile = 'Evil\u009b2J\u202E\u2028\n';

beforeAll(async () => {
  place = await projectInProcess({ issuers: [{ name: 'main', location: '/' }] });
  db = openSqlite(join(place.folder, 'data', 'tessera.db'), 'existing');
  await place.json(['scope', 'create', 'read', '-d', 'Lesen']);
  await place.json(['client', 'create', '--id', 'app', '--scope', 'read', '--owner', '李李李']);
  await place.json(['client', 'create', '--id', 'evil']);
  await place.json(['user', 'create', '--login', 'ann', '--name', 'Ann']);
  await db.updateTable('clients').set({ owner: hostile }).where('client_id', '=', 'evil').execute();
});
afterAll(async () => {
  await db.destroy();
  await cleanUp();
});

describe('what was stored once', () => {
  test.each(['text', 'json', 'yaml'])('acts on no terminal as %s', async (output) => {
    for (const args of [
      ['client', 'list'],
      ['client', 'show', 'evil'],
      ['audit', 'list'],
    ]) {
      const { code, stdout } = await place.run([...args, '--output', output]);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(/[^\P{C}\n]|\p{Zl}/u);
    }
  });

  test.each([
    ['json', JSON.parse],
    ['yaml', (text: string) => parse(text)],
  ])('is the same to programs that read %s', async (output, read) => {
    const { stdout } = await place.run(['client', 'show', 'evil', '--output', output]);
    expect(read(stdout)).toMatchObject({ owner: hostile });
  });
});

test('YAML says what JSON says', async () => {
  for (const args of [
    ['client', 'list'],
    ['user', 'show', 'ann'],
    ['scope', 'list', '--limit', '1'],
    ['version'],
  ]) {
    const run = args[0] === 'version' ? inProcess : place.run;
    const [json, yaml] = [await run([...args, '-o', 'json']), await run([...args, '-o', 'yaml'])];
    expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout));
  }
});

describe('a table', () => {
  test('counts columns, not characters', async () => {
    const { stdout } = await place.run(['client', 'list', '--owner', '李李李']);
    const [headings = '', row = ''] = stdout.split('\n');
    // Three characters of two columns each.
    expect(headings.indexOf('STATE') - headings.indexOf('OWNER')).toBe(8);
    expect(row.indexOf('enabled') - row.indexOf('李')).toBe(5);
  });

  test('cuts long cells, and only there', async () => {
    const description = '李e\u0301'.repeat(100).normalize('NFD').slice(0, 300);
    await place.json(['scope', 'create', 'long', '-d', description]);
    const { stdout } = await place.run(['scope', 'list']);
    expect(stdout).toMatch(/long +(李é){20,30}李?…\n/);
    expect((await place.json(['scope', 'show', 'long'])).description).toBe(description.normalize('NFC'));
  });
});

describe('a noun has one shape', () => {
  /** Keys and kinds of values, but not the values. */
  const shapeOf = (value: object) =>
    Object.fromEntries(Object.entries(value).map(([key, member]) => [key, typeof member]));

  test('a scope, an issuer, a client, a user', async () => {
    for (const [noun, name] of [
      ['scope', 'read'],
      ['issuer', 'main'],
      ['client', 'app'],
      ['user', 'ann'],
    ] as const) {
      const [listed] = (await place.json([noun, 'list'])).filter((each: object) =>
        Object.values(each).includes(name),
      );
      expect(await place.json([noun, 'show', name])).toMatchObject(listed);
    }
  });

  test('a secret, whether it is added, listed or revoked', async () => {
    const { client_secret, ...added } = await place.json([
      'client',
      'secret',
      'add',
      'app',
      '--expires',
      '9d',
    ]);
    expect(client_secret).toMatch(/./);
    const listed = await place.json(['client', 'secret', 'list', 'app']);
    expect(listed).toContainEqual(added);
    const revoked = await place.json(['client', 'secret', 'revoke', 'app', added.id]);
    expect(revoked).toEqual({ ...added, revoked_at: expect.any(String) });
    expect(shapeOf(revoked)).toEqual({ ...shapeOf(added), revoked_at: 'string' });
  });

  test('absent is absent: no null, no empty text, no dash', async () => {
    for (const args of [
      ['client', 'show', 'app'],
      ['user', 'show', 'ann'],
      ['issuer', 'show', 'main'],
      ['key', 'list'],
    ]) {
      const { stdout } = await place.run([...args, '-o', 'json']);
      expect(stdout).not.toMatch(/:null|:""|:"-"/);
    }
    expect(Object.keys(await place.json(['scope', 'list', '--limit', '1000']))).toEqual(['items']);
  });

  test('times are RFC 3339, but the member of RFC 7591', async () => {
    const { stdout } = await place.run(['audit', 'list', '-o', 'json']);
    expect(stdout).not.toMatch(/_at":\d/);
    const shown = await place.json(['client', 'show', 'app']);
    expect(shown.client_id_issued_at).toBeTypeOf('number');
    expect(shown.secrets[0].created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });
});

describe('told twice', () => {
  test.each([
    ['client', async () => (await place.json(['client', 'create'])).client_id, ['client', 'delete']],
    ['scope', async () => (await place.json(['scope', 'create', 'twice'])).name, ['scope', 'delete']],
    ['user', async () => (await place.json(['user', 'create', '--login', 'bob'])).id, ['user', 'delete']],
    ['user who is disabled', async () => 'ann', ['user', 'disable']],
    [
      'secret',
      async () => (await place.json(['client', 'secret', 'add', 'app'])).id,
      ['client', 'secret', 'revoke', 'app'],
    ],
  ])('%s: the exit code is the same', async (_noun, make, verb) => {
    const name = await make();
    const first = await place.run([...verb, name]);
    const second = await place.run([...verb, name]);
    expect([first.code, second.code]).toEqual([0, 0]);
  });

  test('what there never was is still a mistake', async () => {
    for (const noun of ['client', 'scope', 'user'])
      expect((await place.run([noun, 'delete', 'nobody'])).code).toBe(2);
    expect((await place.run(['session', 'end', 'nobody'])).code).toBe(2);
  });
});

test('an issuer without its dialect is shown, and its name explains what cannot be done', async () => {
  await db
    .insertInto('issuers')
    .values({
      name: 'lost',
      location: '/lost',
      dialect: 'gone',
      resources: '[]',
      created_at: 1,
      signing_alg: null,
      access_token_lifetime: null,
      theme: null,
    })
    .execute();
  try {
    expect(await place.json(['issuer', 'show', 'lost'])).toMatchObject({ name: 'lost', dialect: 'gone' });
    const { code, stderr } = await place.run(['client', 'list', '--issuer', 'lost']);
    expect([code, stderr]).toEqual([2, 'tessera: issuer lost: the configuration has no dialect gone\n']);
  } finally {
    await db.deleteFrom('issuers').where('name', '=', 'lost').execute();
  }
});

describe('exit code 3', () => {
  test('a database that does not answer', async () => {
    const away = await projectAway();
    const { code, stderr } = await inProcess(['client', 'list', '--config', away]);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^tessera: database: cannot use .*connection refused.*\n$/),
    ]);
  });

  const projectAway = async () => {
    const { project } = await import('./program.ts');
    return (await project({ database: 'postgres://tessera@127.0.0.1:1/tessera' })).file;
  };
});

describe('a password at a terminal', () => {
  /** `script` gives the command a terminal; each answer is typed when it is asked for. */
  function atTerminal(answers: readonly string[], args: readonly string[]) {
    const command = [process.execPath, program, ...args, '--config', place.file].join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null']);
    const left = [...answers];
    let written = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      written += text;
      if (/: $/.test(text)) child.stdin.write(`${left.shift()}\r`);
    });
    return new Promise<{ code: number | null; written: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, written })),
    );
  }

  test('is asked for twice, and never shown', async () => {
    const args = ['user', 'create', '--login', 'carol', '--password-stdin'];
    const chosen = 'marmalade-umbrella-7';
    const other = await atTerminal([chosen, 'another'], args);
    expect(other).toMatchObject({ code: 2, written: expect.stringContaining('the two are not the same') });
    const same = await atTerminal([chosen, chosen], args);
    expect(same).toMatchObject({ code: 0, written: expect.stringMatching(/password: .*password again: /s) });
    expect(same.written + other.written).not.toContain(chosen);
  });
});

describe('completion', () => {
  const words = async (...typed: string[]) => {
    const { stdout } = await inProcess(['completion', 'bash']);
    const asked = `COMP_WORDS=(tessera ${typed.join(' ')}); COMP_CWORD=${typed.length}; _tessera; echo "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', `${stdout}\n${asked}`], { encoding: 'utf8' })
      .stdout.trim()
      .split(' ');
  };

  test('in bash: commands, commands of commands, and options', async () => {
    expect(await words('se')).toEqual(['session']);
    expect(await words('client', 'se')).toEqual(['secret']);
    expect(await words('client', 'secret', 'r')).toEqual(['revoke']);
    expect(await words('dialect', 't')).toEqual(['try']);
    expect(await words('dialect', 'd')).toEqual(['diff']);
    expect(await words('dialect', 'try', '--po')).toEqual(['--port']);
    expect(await words('client', 'create', '--redirect')).toEqual(['--redirect-uri']);
    expect(await words('client', 'create', '--name', 'list', '--own')).toEqual(['--owner']);
    expect(await words('client', 'list', "''")).toContain('--limit');
  });

  test('in bash: where a value is due, its choices, or what the shell offers: files', async () => {
    expect(await words('client', 'list', '--output', "''")).toEqual(['text', 'json', 'yaml']);
    expect(await words('client', 'list', '-o', 'y')).toEqual(['yaml']);
    expect(await words('client', 'list', '--config', "''")).toEqual(['']);
    expect(await words('client', 'create', '--name', '-')).toEqual(['']);
    expect(await words('dialect', 'check', "''")).toEqual(['']);
    expect(await words('dialect', 'check', '--o')).toEqual(['--output']);
    expect(await words('client', 'show', 'abc', "''")).toEqual(['']);
  });

  test.each([
    [
      'zsh',
      /^#compdef tessera\n.*'client create'\) known='[^']*--redirect-uri.*compdef _tessera tessera\n$/s,
    ],
    ['fish', /complete -c tessera -n "test \(__tessera_at\) = 'client create'" -l redirect-uri -r\n/],
    [
      'fish',
      /complete -c tessera -n "test \(__tessera_at\) = 'client create'" -s o -l output -x -a 'text json yaml'\n/,
    ],
  ])('for %s', async (shell, what) => {
    const { code, stdout } = await inProcess(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toMatch(what);
    const file = join(place.folder, `completion.${shell}`);
    await writeFile(file, stdout);
    const syntax = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    // Where the shell is installed.
    if (syntax.error === undefined) expect(syntax.stderr).toBe('');
  });
});
