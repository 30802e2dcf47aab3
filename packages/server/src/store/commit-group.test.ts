import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommitGroup } from './commit-group.ts';
import { migrate } from './migrate.ts';
import { openSqlite } from './sqlite.ts';

let db: ReturnType<typeof openSqlite>;
let group: CommitGroup;

beforeEach(async () => {
  db = openSqlite(':memory:');
  await migrate(db, 0);
  group = new CommitGroup(db);
});
afterEach(() => db.destroy());

const put = (name: string) =>
  group.write((transaction) => transaction.insertInto('meta').values({ name, value: '' }).execute());
const names = async () =>
  (await db.selectFrom('meta').select('name').orderBy('name').execute()).map(({ name }) => name);

test('one that fails takes none of the others along', async () => {
  const results = await Promise.allSettled(['a', 'b', 'a', 'c'].map(put));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(await names()).toEqual(['a', 'b', 'c']);
});

test('what comes while others are committed is committed after them', async () => {
  const first = put('a');
  const second = first.then(() => put('b'));
  await Promise.all([first, put('c'), second]);
  expect(await names()).toEqual(['a', 'b', 'c']);
});
