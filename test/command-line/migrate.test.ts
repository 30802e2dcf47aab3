// tessera migrate, and what it would do: on both engines.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { emptyProjectInProcess } from './in-process.ts';
import { cleanUp, type Project } from './program.ts';

const issuers = [{ name: 'main', location: '/' }];
afterAll(cleanUp);

async function expectUpToDate(place: Project): Promise<void> {
  expect((await place.run(['migrate', '--dry-run'])).stdout).toBe('-- up to date\n');
  expect(await place.json(['migrate', '--dry-run'])).toEqual({ pending: [], statements: [] });
  const { code, stdout } = await place.run(['migrate']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'up to date\n' });
  expect(await place.json(['migrate'])).toEqual({ applied: [] });
}

/** What `--dry-run` prints, as a script. */
async function scriptOf(place: Project): Promise<string> {
  const { code, stdout, stderr } = await place.run(['migrate', '--dry-run']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { pending, statements } = await place.json(['migrate', '--dry-run']);
  expect(pending[0]).toBe('0001-first');
  const timeless = (text: string) => text.replaceAll(/\d{13}/g, 'now');
  expect(timeless(stdout)).toBe(timeless(`${statements.join(';\n')};\n`));
  return stdout;
}

describe('on SQLite', () => {
  let place: Project;
  let data: string;
  beforeEach(async () => {
    place = await emptyProjectInProcess({ issuers });
    data = join(place.folder, 'data');
  });

  test('in its script the index that takes time comes before what locks readers out on PostgreSQL', async () => {
    const statements = (await scriptOf(place)).split(';\n');
    const from = statements.findIndex((statement) => statement.includes("'0003-maintenance'")) + 1;
    const to = statements.findIndex((statement) => statement.includes("'0004-administration'"));
    const kinds = statements.slice(from, to).map((statement) => statement.trim().split(' ', 2).join(' '));
    expect(kinds).toEqual([
      'create index',
      'create table',
      'create index',
      'create index',
      'alter table',
      'alter table',
    ]);
  });

  test('a dry run makes no file, and its script makes the database', async () => {
    const script = await scriptOf(place);
    expect(existsSync(data)).toBe(false);
    await mkdir(data);
    const file = new DatabaseSync(join(data, 'tessera.db'));
    file.exec(`pragma journal_mode = wal; ${script}`);
    file.close();
    await expectUpToDate(place);
    expect(await place.json(['key', 'rotate', '--now'])).toMatchObject([{ issuer: 'main' }, {}]);
  });

  test('a dry run on a database leaves every byte as it was', async () => {
    expect((await place.run(['migrate'])).code).toBe(0);
    const contents = async () =>
      Promise.all((await readdir(data)).sort().map(async (name) => [name, await readFile(join(data, name))]));
    const file = new DatabaseSync(join(data, 'tessera.db'));
    file.exec("delete from migrations where name <> '0001-first'");
    file.close();
    const before = await contents();
    expect((await place.json(['migrate', '--dry-run'])).pending[0]).toBe('0002-users-and-grants');
    expect(await contents()).toEqual(before);
  });
});

describe('on PostgreSQL', () => {
  let place: Project;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase('empty');
    const master_key_file = 'master.key';
    place = await emptyProjectInProcess({ issuers, database: database.url, master_key_file });
  });
  afterAll(() => database.drop());

  test('a dry run makes no table, and its script makes the database', async () => {
    const script = await scriptOf(place);
    expect(await database.query("select 1 from pg_tables where schemaname = 'public'")).toEqual([]);
    expect(await readdir(place.folder)).toEqual(['tessera.yaml']);
    await database.query(script);
    await expectUpToDate(place);
    expect(await place.json(['key', 'rotate', '--now'])).toMatchObject([{ issuer: 'main' }, {}]);
  });
});
