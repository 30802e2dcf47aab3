// The rates with few clients and grants in the database beside those with many, on each engine, in turns.

import { credentials, refreshes, runSupply, type SeededServer } from '../load/supply.ts';
import { type Engine, type MakePlace, withEngine } from '../rows/databases.ts';
import { seedDatabase } from '../rows/seeded.ts';
import { startTessera, verifyOnce } from '../subjects/tessera.ts';
import { inTurns, medians, type Plan, ratioOf } from './measure.ts';

const FEW = { clients: 1_000, grants: 10_000 };
const MANY = { clients: 100_000, grants: 1_000_000 };
const FULL = { clients: 1_000_000, grants: 10_000_000 };

type Amounts = typeof FEW;
type ScaleFigures = { tokens_per_second: number; p50_ms: number; p99_ms: number };
export type Comparison = { few: ScaleFigures; many: ScaleFigures; ratio: number };
export type Scale = {
  few: Amounts;
  many: Amounts;
  /** By one client that asks again and again, and by a random client for each request. */
  client_credentials: { one_client: Comparison; any_client: Comparison };
  refresh: Comparison;
};

type ScalePlan = Pick<Plan, 'rounds' | 'seconds' | 'note'> & { full: boolean };

export const measureScale = (engine: Engine, plan: ScalePlan): Promise<Scale> =>
  withEngine(engine, async (makePlace) => {
    const many = plan.full ? FULL : MANY;
    const started: SeededServer[] = [];
    try {
      for (const amounts of [FEW, many]) started.push(await startSeeded(engine, makePlace, amounts, plan));
      const [small, large] = started;
      if (small === undefined || large === undefined) throw new Error('not started');
      const against = (what: string, supplies: typeof credentialsOfOne) =>
        compare(`${what}, ${engine}`, small, large, supplies, plan);
      return {
        few: FEW,
        many,
        client_credentials: {
          one_client: await against('one client', credentialsOfOne),
          any_client: await against('any client', credentialsOfAny),
        },
        refresh: await against('refresh', refreshes),
      };
    } finally {
      await Promise.all(started.map(({ server }) => server.stop()));
    }
  });

const credentialsOfOne = (subject: SeededServer) => credentials(subject, 'one');
const credentialsOfAny = (subject: SeededServer) => credentials(subject, 'any');

async function startSeeded(
  engine: Engine,
  makePlace: MakePlace,
  numbers: Amounts,
  { note }: ScalePlan,
): Promise<SeededServer> {
  const amounts = { ...numbers, codes: 0 };
  const place = await makePlace();
  const start = performance.now();
  const seeded = await seedDatabase(place, amounts);
  const took = `${Math.round((performance.now() - start) / 1000)} s`;
  note(`scale, ${engine}: seeded ${numbers.clients} clients and ${numbers.grants} grants in ${took}`);
  return { server: await startTessera(place), seeded, place, amounts };
}

async function compare(
  what: string,
  small: SeededServer,
  large: SeededServer,
  suppliesOf: typeof credentialsOfOne,
  plan: ScalePlan,
): Promise<Comparison> {
  const runOf = async (subject: SeededServer) => {
    const supply = suppliesOf(subject);
    const [first] = supply.take(1);
    if (first !== undefined) await verifyOnce(subject.server, first);
    supply.spend(1);
    return (seconds: number) => runSupply(subject, what, supply, seconds);
  };
  const runs = await inTurns(what, { few: await runOf(small), many: await runOf(large) }, plan);
  const { few, many } = runs;
  return { few: medians(few), many: medians(many), ratio: ratioOf(many, few) };
}
