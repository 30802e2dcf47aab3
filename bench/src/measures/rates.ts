// The rotation of refresh tokens and the exchange of codes on each engine, over HTTP, in turns with raw updates of rows of
// the same database.

import {
  MOST_PER_SECOND,
  redemptions,
  refreshes,
  runSupply,
  type SeededServer,
  scattered,
  supplyOf,
} from '../load/supply.ts';
import { type Engine, numberOf, withEngine } from '../rows/databases.ts';
import { seedDatabase } from '../rows/seeded.ts';
import { type Amounts, grantId } from '../rows/seeding.ts';
import { startTessera, verifyOnce } from '../subjects/tessera.ts';
import { inTurns, medians, type Plan, ratioOf } from './measure.ts';
import { runRaw, type Write } from './raw-update.ts';

type Figures = { tokens_per_second: number; p50_ms: number; p99_ms: number };
type Times = Omit<Figures, 'tokens_per_second'>;
export type Rates = {
  tessera: Partial<Record<Verb['unit'], number>> & { ratio_to_raw: number } & Times;
  raw: { updates_per_second: number } & Times;
};

const GRANTS = 10_000;
const CLIENTS = 100;

/** What is measured, with as many rows again for the raw updates; `done` is a query that counts the rows written. */
const verbs = {
  refresh: {
    unit: 'rotations_per_second',
    write: 'rotation' as Write,
    rows: () => GRANTS,
    amounts: (rows: number) => ({ clients: CLIENTS, grants: 2 * rows, codes: 0 }),
    requests: refreshes,
    rawRow: (index: number, rows: number) => grantId('seed', rows + scattered(index, rows)),
    done: (rows: number) => `select sum(generation) from grants where id <= '${grantId('seed', rows)}'`,
  },
  code: {
    unit: 'exchanges_per_second',
    write: 'redemption' as Write,
    // Each code is good once.
    rows: ({ rounds, seconds }: RatePlan) => (rounds * seconds + 2) * MOST_PER_SECOND,
    amounts: (rows: number) => ({ clients: CLIENTS, grants: 0, codes: 2 * rows }),
    requests: redemptions,
    rawRow: (index: number, rows: number) => grantId('code', rows + (index % rows) + 1),
    done: (rows: number) =>
      `select count(*) from grants where code_state = 'redeemed' and id <= '${grantId('code', rows)}'`,
  },
} as const;
export type VerbName = keyof typeof verbs;
type Verb = (typeof verbs)[VerbName];
type RatePlan = Pick<Plan, 'rounds' | 'seconds' | 'note'>;

export const measureRates = (name: VerbName, engine: Engine, plan: RatePlan): Promise<Rates> =>
  withEngine(engine, async (makePlace) => {
    const verb = verbs[name];
    const place = await makePlace();
    const rows = verb.rows(plan);
    const amounts: Amounts = verb.amounts(rows);
    plan.note(`${name}, ${engine}: seeding`);
    const seeded = await seedDatabase(place, amounts);
    const server = await startTessera(place);
    try {
      // The second half is for the raw updates.
      const half = { ...amounts, grants: amounts.grants / 2, codes: amounts.codes / 2 };
      return await compare(name, engine, { server, seeded, place, amounts: half }, rows, plan);
    } finally {
      await server.stop();
    }
  });

async function compare(
  name: VerbName,
  engine: Engine,
  subject: SeededServer,
  rows: number,
  plan: RatePlan,
): Promise<Rates> {
  const { unit, write, requests, rawRow, done }: Verb = verbs[name];
  const { server, place } = subject;
  const supply = requests(subject);
  const raw = supplyOf((index) => rawRow(index, rows));
  const verify = async () => {
    const [target] = supply.take(1);
    if (target !== undefined) await verifyOnce(server, target);
    supply.spend(1);
  };
  const tessera = async (seconds: number) => {
    const before = await numberOf(place, done(rows));
    const result = await runSupply(subject, name, supply, seconds);
    const written = (await numberOf(place, done(rows))) - before;
    if (written !== result.ok)
      throw new Error(`tessera answered ${result.ok} requests (${name}) and wrote ${written}`);
    return result;
  };
  const update = async (seconds: number) => {
    const result = await runRaw(place, write, raw.take(seconds * MOST_PER_SECOND), seconds);
    raw.spend(result.ok);
    return result;
  };
  await verify();
  const runs = await inTurns(`${name}, ${engine}`, { tessera, raw: update }, plan);
  await verify();
  const { tokens_per_second, ...times } = medians(runs.tessera);
  const { tokens_per_second: updates_per_second, ...rawTimes } = medians(runs.raw);
  return {
    tessera: { [unit]: tokens_per_second, ratio_to_raw: ratioOf(runs.tessera, runs.raw), ...times },
    raw: { updates_per_second, ...rawTimes },
  };
}
