import { CompiledQuery, type Kysely, sql } from 'kysely';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { addUser, userOf } from '../../../../../test/support/accounts.ts';
import { eventually } from '../../../../../test/support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../../../../test/support/postgres.ts';
import { listIssuers } from '../tables/issuers.ts';
import { createScope } from '../tables/scopes.ts';
import { createUser, findUser } from '../tables/users.ts';
import { examinePostgres, listenToPostgres, openPostgres } from './postgres.ts';
import { PostgresDriver } from './postgres-driver.ts';
import type { Schema } from './schema.ts';
import { transact } from './transact.ts';

let database: TestDatabase;
let db: Kysely<Schema>;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  db = openPostgres(database.url, inject('facts'));
});
afterEach(() => db.destroy());
afterAll(() => database.drop());

const urlWith = (name: string, value: string) => {
  const url = new URL(database.url);
  url.searchParams.set(name, value);
  return url.toString();
};
const value = async (text: string, on = db) => {
  const { rows } = await sql<{ value: unknown }>`select ${sql.raw(text)} as value`.execute(on);
  return rows[0]?.value;
};
const gone = { error: 'temporarily_unavailable', reason: 'database_unavailable' };
const sleepers = () =>
  database.query(`select 1 from pg_stat_activity
    where datname = current_database() and state = 'active' and query like 'select pg_sleep%'`);
const listeners = () =>
  database.query(`select 1 from pg_stat_activity
    where datname = current_database() and query ilike 'listen %'`);
const killAll = () =>
  database.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );

describe('a connection', () => {
  test('says whose it is, and does not wait for ever', async () => {
    expect(await value("current_setting('application_name')")).toBe('tessera');
    expect(await value("current_setting('statement_timeout')")).toBe('10s');
    expect(await value("current_setting('idle_in_transaction_session_timeout')")).toBe('10s');
  });

  test('takes what the URL says in place of that', async () => {
    const other = openPostgres(urlWith('statement_timeout', '50'), inject('facts'));
    await expect(value('pg_sleep(600)', other)).rejects.toMatchObject({
      ...gone,
      cause: expect.stringContaining('statement timeout'),
    });
    await other.destroy();
  });

  test('that waits for migrations is patient', async () => {
    const patient = openPostgres(database.url, { ...inject('facts'), patient: true });
    expect(await value("current_setting('statement_timeout')", patient)).toBe('0');
    await patient.destroy();
  });

  test('there are as many of as the pool may have', async () => {
    const small = openPostgres(urlWith('pool_size', '3'), inject('facts'));
    const pids = await Promise.all(Array.from({ length: 12 }, () => value('pg_backend_pid()', small)));
    expect(new Set(pids).size).toBe(3);
    await small.destroy();
  });

  test('is encrypted, where the URL says so and the server proves itself', async ({ skip }) => {
    const certificate = inject('certificate');
    if (certificate === undefined)
      return skip('openssl is not on PATH, or the server is another: no certificate');
    const url = new URL(database.url);
    url.search = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: certificate }).toString();
    const encrypted = openPostgres(url.toString(), await examinePostgres(url.toString()));
    const own = '(select ssl from pg_stat_ssl where pid = pg_backend_pid())';
    expect([await value(own, encrypted), await value(own)]).toEqual([true, false]);
    await encrypted.destroy();
  });

  test('that gives no answer is given up', async () => {
    const createPool = () => {
      const pool = new Pool({ connectionString: database.url });
      pool.on('connect', (client) => client.on('error', () => {}));
      return pool;
    };
    const driver = new PostgresDriver({ createPool, probe: undefined, prepare: true, patienceMs: 100 });
    const connection = await driver.acquireConnection();
    // It sleeps until the test has failed, unless it is given up.
    const sleep = CompiledQuery.raw('select pg_sleep(600)', []);
    await expect(connection.executeQuery(sleep)).rejects.toMatchObject(gone);
    await driver.releaseConnection(connection);
    expect(driver.pool.totalCount).toBe(0);
    await driver.destroy();
  });

  test('that breaks is replaced, and the process lives on', async () => {
    const sleeping = value('pg_sleep(600)').catch((error: Error) => error);
    await eventually(async () => (await sleepers()).length === 1);
    await killAll();
    expect(await sleeping).toMatchObject(gone);
    // One that breaks while nobody uses it is found out by the next, if it is not seen before.
    await eventually(async () => (await value('1').catch(() => 0)) === 1);
    await killAll();
    await eventually(async () => (await value('2').catch(() => 0)) === 2);
  });

  test('that breaks in a transaction takes it along', async () => {
    const broken = transact(db, async (transaction) => {
      await createUser(transaction, userOf('nobody'), 0);
      await killAll();
      await findUser(transaction, 'nobody');
    });
    await expect(broken).rejects.toThrow();
    expect(await findUser(db, 'nobody')).toBeUndefined();
  });
});

describe('what comes back', () => {
  test('is numbers, whatever the column', async () => {
    await addUser(db, 'numbers');
    const user = await findUser(db, 'numbers');
    expect(user?.created_at).toBe(1_700_000_000_000);
    expect(await value('9007199254740991::bigint')).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('sorts byte by byte, in a database that would sort like people', async () => {
    // In the one that the tests start; another may sort as it likes.
    if (process.env.DATABASE_URL === undefined) expect(await value("'a' < 'B'")).toBe(true);
    await sql`insert into issuers values ('b', '/b', 's', null, null, '[]', 0), ('B', '/B', 's', null, null, '[]', 0),
      ('a', '/a', 's', null, null, '[]', 0)`.execute(db);
    const names = (await listIssuers(db)).map(({ name }) => name);
    expect(names.filter((name) => name.length === 1)).toEqual(['B', 'a', 'b']);
  });

  test('is no data where it is an error', async () => {
    await addUser(db, 'twice');
    const again = db
      .insertInto('users')
      .columns(['id'])
      .values({ id: 'twice' } as never)
      .execute();
    const error = await again.catch((thrown) => thrown);
    // PostgreSQL's detail is “Failing row contains (…)”, whatever the row holds.
    expect(error).toMatchObject({ code: '23502', detail: undefined });
    expect(JSON.stringify(error)).not.toContain('twice');
  });
});

describe('statements', () => {
  const prepared = () => value('(select count(*)::int from pg_prepared_statements)') as Promise<number>;

  test('are prepared once, by name', async () => {
    for (let count = 0; count < 5; count += 1) await findUser(db, 'x');
    expect(await prepared()).toBe(1);
  });

  test('of which there are too many are planned each time', async () => {
    for (let count = 0; count < 300; count += 1)
      expect((await sql`select ${count}::int as ${sql.ref(`c${count}`)}`.execute(db)).rows).toHaveLength(1);
    expect(await prepared()).toBe(256);
  });

  test('prepared before a table got another column are prepared again', async () => {
    await addUser(db, 'column');
    expect(await findUser(db, 'column')).toBeDefined();
    await database.query('alter table users add column first text');
    expect(await findUser(db, 'column')).toMatchObject({ first: null });
    await database.query('alter table users drop column first');
    const inTransaction = await transact(db, (transaction) => findUser(transaction, 'column'));
    expect(inTransaction).not.toHaveProperty('first');
  });

  test('of two transactions in each other’s way, both are carried out', async () => {
    await Promise.all(['d1', 'd2'].map((id) => addUser(db, id)));
    let attempts = 0;
    let renamed = 0;
    const { promise: bothBegun, resolve } = Promise.withResolvers<void>();
    const both = async (first: string, second: string, name: string) =>
      transact(db, async (transaction) => {
        attempts += 1;
        const rename = (id: string) =>
          transaction.updateTable('users').set({ name }).where('id', '=', id).execute();
        await rename(first);
        renamed += 1;
        if (renamed === 2) resolve();
        await bothBegun;
        await rename(second);
      });
    await Promise.all([both('d1', 'd2', 'one'), both('d2', 'd1', 'two')]);
    expect(attempts).toBe(3);
    const names = [(await findUser(db, 'd1'))?.name, (await findUser(db, 'd2'))?.name];
    expect(new Set(names).size).toBe(1);
  });
});

describe('a listener', () => {
  test('hears of a change at once, and again after the connection broke', async () => {
    let heard = 0;
    const stop = listenToPostgres(database.url, () => {
      heard += 1;
    });
    await eventually(() => heard === 1);
    await sql`insert into issuers values ('listened', '/l', 's', null, null, '[]', 0)`.execute(db);
    await createScope(db, 'listened', 'one', '', 0);
    await eventually(() => heard === 2);
    await killAll();
    await eventually(() => heard === 3);
    await createScope(db, 'listened', 'two', '', 0);
    await eventually(() => heard === 4);
    await stop();
    await eventually(async () => (await listeners()).length === 0);
  });

  test('may stop before it has begun', async () => {
    const stop = listenToPostgres(database.url, () => {});
    await expect(stop()).resolves.toBeUndefined();
    await eventually(async () => (await listeners()).length === 0);
  });
});

describe('a database that cannot be used', () => {
  const reasonOf = (url: string) =>
    examinePostgres(url).catch((error: Error) => `${error.name}: ${error.message}`);

  test('is named with the reason, without the password', async () => {
    const url = new URL(database.url);
    url.password = 'not-this-one';
    expect(await reasonOf(url.toString())).toBe(
      `UsageError: database: cannot use ${url.host}${url.pathname} (password authentication failed for user "postgres")`,
    );
    expect(await reasonOf('postgres://me:secret@127.0.0.1:1/none')).toMatch(
      /^TemporaryError: database: cannot use 127\.0\.0\.1:1\/none \(connection refused\)$/,
    );
    expect(await reasonOf('postgres://me:secret@127.0.0.1/none?sslrootcert=/no/such/file')).toMatch(
      /^UsageError: database: cannot use 127\.0\.0\.1\/none \(sslrootcert \/no\/such\/file: no such file or directory\)$/,
    );
  });

  test('in another encoding is refused', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await database.query(
      `create database ${name}_latin template template0 encoding 'LATIN1' locale_provider libc locale 'C'`,
    );
    const url = Object.assign(new URL(database.url), { pathname: `/${name}_latin` });
    expect(await reasonOf(url.toString())).toMatch(/the encoding of .*_latin is LATIN1, expected UTF8$/);
    await database.query(`drop database ${name}_latin`);
  });

  test.each(['prefer', 'require', 'verify-ca', 'verify-full'])(
    'is not taken for one that proved itself: sslmode=%s',
    async (mode) => {
      expect(await reasonOf(urlWith('sslmode', mode))).toMatch(
        /self-signed certificate|does not support SSL/,
      );
    },
  );
});
