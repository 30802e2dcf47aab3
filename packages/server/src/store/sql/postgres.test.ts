// What PostgreSQL alone does; what every engine does is in test/store/contract.

import { afterAll, expect, test } from 'vitest';
import { createPostgres, dropKept } from '../../../../../test/store/contract/engines.ts';
import { clockStep, sweep } from '../sweeps.ts';
import { useOnce } from '../tables/used-once.ts';

afterAll(dropKept);

test('a sweep does not wait for a row that somebody holds', async () => {
  const engine = await createPostgres();
  const [db, other] = [engine.connect(), engine.connect()];
  for (const id of ['held', 'free']) await useOnce(db, 'ticket', id, 1000);
  await other.transaction().execute(async (transaction) => {
    await transaction.updateTable('used_once').set({ expires_at: 1001 }).where('id', '=', 'held').execute();
    await sweep(db, 1000 + clockStep);
    expect(await db.selectFrom('used_once').select('id').execute()).toEqual([{ id: 'held' }]);
  });
  await sweep(db, 1001 + clockStep);
  expect(await db.selectFrom('used_once').select('id').execute()).toEqual([]);
  await engine.dispose();
});
