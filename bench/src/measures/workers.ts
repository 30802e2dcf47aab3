// client_credentials with one worker, with two, and with as many as suit the machine, each on its own SQLite database.

import { withEngine } from '../rows/databases.ts';
import { type Seeded, seedDatabase } from '../rows/seeded.ts';
import type { Server } from '../subjects/processes.ts';
import { ALGS, type Alg } from '../subjects/subjects.ts';
import { clientCredentials, startTessera, verifyOnce } from '../subjects/tessera.ts';
import { flawless, inTurns, medians, type Plan, ratioOf } from './measure.ts';

type WorkersFigures = {
  tokens_per_second: number;
  ratio_to_one: number;
  p50_ms: number;
  p99_ms: number;
};
/** By algorithm, then by the value of `--workers`. */
export type Workers = Record<string, Record<string, WorkersFigures>>;

const NUMBERS = ['1', '2', 'auto'] as const;
type Subject = { server: Server; seeded: Seeded };

export const measureWorkers = (plan: Plan): Promise<Workers> =>
  withEngine('sqlite', async (makePlace) => {
    const subjects: [string, Subject][] = [];
    try {
      for (const number of NUMBERS) {
        const place = await makePlace();
        const seeded = await seedDatabase(place, { clients: 1, grants: 0, codes: 0 });
        subjects.push([number, { server: await startTessera(place, number), seeded }]);
      }
      const workers: Workers = {};
      for (const alg of ALGS) workers[alg] = await measureAlg(alg, subjects, plan);
      return workers;
    } finally {
      await Promise.all(subjects.map(([, { server }]) => server.stop()));
    }
  });

async function measureAlg(
  alg: Alg,
  subjects: readonly [string, Subject][],
  plan: Plan,
): Promise<Record<string, WorkersFigures>> {
  const loads = subjects.map(([number, { server, seeded }]) => {
    const target = clientCredentials(server, seeded, 1, alg);
    const load = (seconds: number) =>
      flawless(`tessera (${alg}, workers: ${number})`, server, plan.load.run(target, seconds));
    return [number, load] as const;
  });
  const verify = async () => {
    for (const [, { server, seeded }] of subjects)
      await verifyOnce(server, clientCredentials(server, seeded, 1, alg), alg);
  };
  await verify();
  const runs = await inTurns(`${alg}, workers`, Object.fromEntries(loads), plan);
  await verify();
  const one = runs['1'] ?? [];
  return Object.fromEntries(
    Object.entries(runs).map(([number, results]) => [
      number,
      { ...medians(results), ratio_to_one: ratioOf(results, one) },
    ]),
  );
}
