// client_credentials by RS256 of one client that asks again and again: a token for each request beside one that is given
// again (docs/decisions/0028), each on its own SQLite database; and the processor time of the server.

import type { Run } from '../load/result.ts';
import { withEngine } from '../rows/databases.ts';
import { ISSUERS, type Place, seedDatabase } from '../rows/seeded.ts';
import type { Server } from '../subjects/processes.ts';
import type { Target } from '../subjects/subjects.ts';
import { clientCredentials, startTessera, verifyOnce } from '../subjects/tessera.ts';
import { requestToken } from './check.ts';
import { cpuSeconds } from './cpu.ts';
import { flawless, inTurns, median, medians, type Plan, ratioOf, round } from './measure.ts';

const ALG = 'RS256';
const WINDOWS = ['off', '30s'] as const;
type Window = (typeof WINDOWS)[number];

type ReuseFigures = {
  tokens_per_second: number;
  ratio_to_off: number;
  p50_ms: number;
  p99_ms: number;
  cpu_seconds_per_1000: number;
};
/** By `token_reuse`. */
export type Reuse = Record<Window, ReuseFigures>;

type Subject = { server: Server; target: Target };
type Measured = Run & { cpuPerThousand: number };

export const measureReuse = (plan: Plan): Promise<Reuse> =>
  withEngine('sqlite', async (makePlace) => {
    const started: Subject[] = [];
    try {
      for (const token_reuse of WINDOWS) started.push(await startSubject(await makePlace(), token_reuse));
      const [off, on] = started;
      if (off === undefined || on === undefined) throw new Error('not started');
      await check(off, 2);
      await check(on, 1);
      const runs = await inTurns(
        `${ALG}, token_reuse`,
        { off: loadOf(off, plan), '30s': loadOf(on, plan) },
        plan,
      );
      await check(off, 2);
      await check(on, 1);
      return { off: figuresOf(runs.off, runs.off), '30s': figuresOf(runs['30s'], runs.off) };
    } finally {
      await Promise.all(started.map(({ server }) => server.stop()));
    }
  });

async function startSubject(place: Place, token_reuse: Window): Promise<Subject> {
  const settings = { ...place, issuers: ISSUERS.map((issuer) => ({ ...issuer, token_reuse })) };
  const seeded = await seedDatabase(settings, { clients: 1, grants: 0, codes: 0 });
  const server = await startTessera(settings);
  return { server, target: clientCredentials(server, seeded, 1, ALG) };
}

/** Verifies a token, and that two requests are given so many. */
async function check({ server, target }: Subject, expected: number): Promise<void> {
  await verifyOnce(server, target, ALG);
  const tokens = new Set([await requestToken(target), await requestToken(target)]);
  if (tokens.size !== expected)
    throw new Error(`tessera gave ${tokens.size} tokens for two requests, not ${expected}`);
}

const loadOf =
  ({ server, target }: Subject, { load }: Plan) =>
  async (seconds: number): Promise<Measured> => {
    const before = cpuSeconds(server.pid);
    const result = await flawless(`tessera (${ALG})`, server, load.run(target, seconds));
    const thousands = (result.tokensPerSecond * seconds) / 1000;
    return { ...result, cpuPerThousand: (cpuSeconds(server.pid) - before) / thousands };
  };

const figuresOf = (runs: readonly Measured[], off: readonly Measured[]): ReuseFigures => ({
  ...medians(runs),
  ratio_to_off: ratioOf(runs, off),
  cpu_seconds_per_1000: round(median(runs.map(({ cpuPerThousand }) => cpuPerThousand)), 4),
});
