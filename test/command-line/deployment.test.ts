// A command works on a deployment that exists: where there is none, or it is of another release, the command says so in
// one line and changes nothing. Only start, quickstart and migrate make and migrate (docs/decisions/0015).

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { emptyProjectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project, serve, temporaryFolder, tessera } from './program.ts';

const issuers = [{ name: 'main', location: '/' }];
const commands: string[][] = [
  ['issuer', 'list'],
  ['issuer', 'create', 'partners', '--location', '/partners'],
  ['scope', 'create', 'orders.read'],
  ['client', 'list'],
  ['client', 'create', '--name', 'Acme'],
  ['user', 'list'],
  ['user', 'create', '--login', 'ann@example.com'],
  ['key', 'list'],
  ['key', 'rotate', '--now'],
  ['token', 'inspect', 'a.b.c'],
];
afterAll(cleanUp);

/** Every file below a folder, and what is in it. */
async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const contents = names.map(async (name) => {
    const path = join(folder, name);
    return [name, (await stat(path)).isDirectory() ? '' : await readFile(path, 'base64')] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}

describe('a folder with nothing in it', () => {
  test.concurrent.each([
    [['client', 'list']],
    [['issuer', 'create', 'main', '--location', '/']],
    [['key', 'rotate', '--output', 'json']],
  ])('%j leaves it empty', async (args) => {
    const folder = await temporaryFolder();
    const finished = await tessera(args, { cwd: folder });
    expectMistake(finished, 'no deployment in ');
    expect(finished.stderr).toContain(folder);
    expect(finished.stderr).toMatch(/tessera\.yaml or tessera-data\/tessera\.yaml/);
    expect(finished.stderr).toMatch(/tessera quickstart.*tessera start/);
    expect(await readdir(folder)).toEqual([]);
  });

  test.concurrent('where the environment names the data folder', async () => {
    const folder = await temporaryFolder();
    const finished = await tessera(['user', 'list'], { cwd: folder, env: { TESSERA_DATA: 'elsewhere' } });
    expectMistake(finished, `no deployment: there is no ${join(folder, 'elsewhere/tessera.db')}`);
    expect(finished.stderr).toMatch(/configured by environment.*tessera start or tessera quickstart/);
    expect(await readdir(folder)).toEqual([]);
  });
});

interface Engine {
  readonly config: Readonly<Record<string, unknown>>;
  run(statements: string): Promise<void>;
  /** Everything that is in the database. */
  contents(): Promise<unknown>;
  remove(): Promise<void>;
}

const engines: Record<string, (folder: () => string) => Promise<Engine>> = {
  SQLite: async (folder) => ({
    config: {},
    async run(statements) {
      await mkdir(join(folder(), 'data'), { recursive: true });
      const file = new DatabaseSync(join(folder(), 'data/tessera.db'));
      file.exec(`pragma journal_mode = wal; ${statements}`);
      file.close();
    },
    // It is among the files.
    contents: async () => undefined,
    remove: async () => {},
  }),
  async PostgreSQL() {
    const { url, query, drop }: TestDatabase = await createTestDatabase('empty');
    return {
      config: { database: url },
      run: async (statements) => void (await query(statements)),
      async contents() {
        const tables = await query("select tablename from pg_tables where schemaname = 'public' order by 1");
        const rows = tables.map(({ tablename }) => query(`select * from "${tablename}" order by 1`));
        return [tables, await Promise.all(rows)];
      },
      remove: drop,
    };
  },
};

describe.each(Object.entries(engines))('on %s', (name, createEngine) => {
  let engine: Engine;
  let place: Project;
  beforeEach(async () => {
    engine = await createEngine(() => place.folder);
    place = await emptyProjectInProcess({ issuers, ...engine.config });
  });
  afterEach(() => engine.remove());

  const contents = async () => [await contentsOf(place.folder), await engine.contents()];
  /** Each command is refused in one line that says `what`, and leaves everything as it was. */
  async function expectRefused(...what: readonly string[]): Promise<void> {
    const before = await contents();
    for (const args of commands) {
      const finished = await place.run(args);
      expectMistake(finished, what[0] ?? '');
      for (const text of what) expect(finished.stderr, args.join(' ')).toContain(text);
    }
    expect(await contents()).toEqual(before);
  }
  const script = async () => (await place.run(['migrate', '--dry-run'])).stdout;

  test('there is a configuration, and nothing else', async () => {
    await expectRefused('no deployment', 'tessera.yaml', 'tessera start');
    expect(await readdir(place.folder)).toEqual(['tessera.yaml']);
  });

  test('there are tables, and no server has started', async () => {
    await engine.run(await script());
    await expectRefused('no deployment', 'no master key', 'tessera start');
    await place.json(['migrate']);
    expect(await place.json(['issuer', 'list'])).toMatchObject([{ name: 'main' }]);
  });

  test('the master key is missing', async () => {
    await place.json(['migrate']);
    const file = join(place.folder, 'data/master.key');
    await rm(file);
    await expectRefused(`${file}: the master key is missing`, 'master_key_file', 'TESSERA_MASTER_KEY');
    // To bring tables up to date takes no key.
    expect(await place.json(['migrate'])).toEqual({ applied: [] });
    await writeFile(file, randomBytes(32).toString('base64'));
    await expectRefused('master key: it is not the one');
  });

  test('the database is of an older release', async () => {
    const statements = (await script()).split(';\n');
    const first = statements.findIndex((statement) => statement.includes("'0001-first'"));
    await engine.run([...statements.slice(0, first + 1), 'commit'].join(';\n'));
    await expectRefused('of an older release', '0002-users-and-grants, 0003-maintenance', 'tessera migrate');
    const { applied } = await place.json(['migrate']);
    expect(applied.slice(0, 2)).toEqual(['0002-users-and-grants', '0003-maintenance']);
    expect((await place.json(['client', 'create', '--name', 'Acme'])).client_name).toBe('Acme');
  });

  describe('the database is of a newer release', () => {
    beforeEach(async () => {
      await place.json(['migrate']);
      await engine.run("insert into migrations (name, applied_at) values ('9999-of-the-future', 0)");
    });

    test('commands are refused; migrate has nothing to do, and says why', async () => {
      await expectRefused('of a newer release', '9999-of-the-future');
      const before = await contents();
      const stderr = 'tessera: the database is of a newer release (9999-of-the-future)\n';
      expect(await place.run(['migrate'])).toEqual({ code: 0, stdout: 'up to date\n', stderr });
      expect(await contents()).toEqual(before);
    });

    test('a server may start, as long as servers are replaced one by one', async () => {
      const server = await place.start();
      expect((await fetch(`${server.json.origin}/oauth2/jwks`)).status).toBe(200);
      const { code, stderr } = await server.end();
      expect(code).toBe(0);
      const lines = stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 40, migrations: ['9999-of-the-future'] }),
      );
    });

    test('it lacks a migration that a newer release would have: nobody touches it', async () => {
      await engine.run("delete from migrations where name = '0002-users-and-grants'");
      const before = await contents();
      for (const args of [['start'], ['migrate'], ['migrate', '--dry-run']]) {
        const finished = await place.run(args);
        expectMistake(finished, /9999-of-the-future.*lacks 0002-users-and-grants/);
      }
      expect(await contents()).toEqual(before);
      await expectRefused('of a newer release');
    });
  });

  test('to connect changes nothing, not even what the configuration says of issuers', async () => {
    await place.json(['migrate']);
    const more = [...issuers, { name: 'more', location: '/more' }];
    await writeFile(
      place.file,
      stringify({ data: 'data', listen: { port: 0 }, ...engine.config, issuers: more }),
    );
    const before = await contents();
    for (const args of commands.filter(([, verb]) => verb === 'list')) await place.json(args);
    expect(await contents()).toEqual(before);
    expect(await place.json(['issuer', 'list'])).toMatchObject([{ name: 'main' }]);
    // Nor does migrate, on a database that servers may be using: they would follow.
    await place.json(['migrate']);
    expect(await place.json(['issuer', 'list'])).toMatchObject([{ name: 'main' }]);
    await (await place.start()).end();
    expect(await place.json(['issuer', 'list'])).toMatchObject([{ name: 'main' }, { name: 'more' }]);
  });

  test('a server that is refused for its master key has changed no issuer', async () => {
    await place.json(['migrate']);
    const key = await readFile(join(place.folder, 'data/master.key'));
    const others = [
      { name: 'main', location: '/moved' },
      { name: 'more', location: '/more' },
    ];
    const config = { data: 'data', listen: { port: 0 }, ...engine.config };
    await writeFile(place.file, stringify({ ...config, issuers: others }));
    await writeFile(join(place.folder, 'data/master.key'), randomBytes(32).toString('base64'));
    for (const command of ['start', 'migrate']) {
      const { code, stderr } = await place.run([command]);
      expect([code, stderr]).toEqual(
        command === 'start' ? [2, expect.stringContaining('it is not the one')] : [0, ''],
      );
    }
    await writeFile(join(place.folder, 'data/master.key'), key);
    await writeFile(place.file, stringify({ ...config, issuers }));
    const [issuer, ...more] = await place.json(['issuer', 'list']);
    expect([new URL(issuer.issuer).pathname, more]).toEqual(['/', []]);
    expect(await place.json(['audit', 'list'])).toHaveLength(1);
  });

  test('migrate makes a deployment that its owner alone can read', async () => {
    await place.json(['migrate']);
    const modes = ['data', 'data/master.key', ...(name === 'SQLite' ? ['data/tessera.db'] : [])].map(
      async (path) => ((await stat(join(place.folder, path))).mode & 0o777).toString(8),
    );
    expect(await Promise.all(modes)).toEqual(['700', '600', '600'].slice(0, modes.length));
  });
});

describe('the data folder', () => {
  let place: Project;
  beforeEach(async () => {
    place = await emptyProjectInProcess({ issuers });
    await mkdir(join(place.folder, 'data'));
  });

  test.each([
    ['without a database', 'master.key', randomBytes(32).toString('base64'), 'there is no '],
    ['with a database that has no tables', 'tessera.db', '', 'has no tables'],
  ])('%s', async (_, file, text, what) => {
    await writeFile(join(place.folder, 'data', file), text);
    const before = await contentsOf(place.folder);
    for (const args of commands) expectMistake(await place.run(args), new RegExp(`no deployment: .*${what}`));
    expect(await contentsOf(place.folder)).toEqual(before);
  });
});

test('a command beside a running server leaves no file behind', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const server = await serve(['quickstart', '--port', '0', '--data', data]);
  const config = ['--config', join(data, 'tessera.yaml')];
  const before = (await readdir(data)).sort();
  expect((await tessera(['client', 'list', ...config])).code).toBe(0);
  expect((await readdir(data)).sort()).toEqual(before);
  await server.end();
  const after = (await readdir(data)).sort();
  expect(after).toEqual(['master.key', 'quickstart.json', 'tessera.db', 'tessera.yaml']);
  expect((await tessera(['client', 'list', ...config])).code).toBe(0);
  expect((await readdir(data)).sort()).toEqual(after);
});
