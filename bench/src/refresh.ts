// The rotation of refresh tokens: over HTTP on SQLite, beside the raw update of a row of the same file, in turns.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Growth, measureGrowth } from './growth.ts';
import { CONNECTIONS } from './load.ts';
import { type ChainsResult, runChains } from './load-chains.ts';
import { flawless, medians, ratioOf, WARM_UP_SECONDS } from './measure.ts';
import { makeTempDir, removeTempDir, type Server } from './processes.ts';
import { runRaw } from './raw-update.ts';
import { type Grants, grantsOf } from './refresh-chains.ts';
import { root, startQuickstart } from './subjects.ts';

type Times = { p50_ms: number; p99_ms: number };

export type RefreshFigures = {
  tessera: { rotations_per_second: number; ratio_to_raw: number } & Times;
  raw: { updates_per_second: number } & Times;
  growth: Growth;
};
/** By engine. */
export type Refresh = { sqlite: RefreshFigures };

export type RefreshPlan = {
  rounds: number;
  seconds: number;
  refreshes: number;
  note: (text: string) => void;
};

export async function measureRefresh(plan: RefreshPlan): Promise<Refresh> {
  // Not the system's folder for temporary files: that may be in memory, where durability costs nothing.
  const parent = join(root, 'bench/dist');
  mkdirSync(parent, { recursive: true });
  const data = makeTempDir(parent);
  try {
    const file = join(data, 'tessera.db');
    const server = await startQuickstart(data);
    let spare: string;
    let rotation: Omit<RefreshFigures, 'growth'>;
    try {
      const grants = grantsOf(server);
      await grants.make();
      spare = String(query(file, 'select id as value from grants'));
      const tokens: string[] = [];
      while (tokens.length < CONNECTIONS) tokens.push(await grants.make());
      rotation = await measureRotation(server, grants, tokens, file, spare, plan);
    } finally {
      await server.stop();
    }
    plan.note(`${plan.refreshes} refreshes of one grant`);
    const growth = await measureGrowth(file, 'standard', spare, plan.refreshes);
    return { sqlite: { ...rotation, growth } };
  } finally {
    removeTempDir(data);
  }
}

/** Both in each round, each first in turn, so that what slows the machine for a while slows both. */
async function measureRotation(
  server: Server,
  grants: Grants,
  tokens: string[],
  file: string,
  spare: string,
  { rounds, seconds, note }: RefreshPlan,
): Promise<Omit<RefreshFigures, 'growth'>> {
  const generations = () =>
    Number(query(file, 'select sum(generation) as value from grants where id <> ?', spare));
  const rotate = async (duration: number) => {
    const before = generations();
    const run = runChains(grants.target, tokens, duration);
    const result = await flawless('tessera (refresh)', server, run);
    const written = generations() - before;
    if (written !== result.rotations)
      throw new Error(`tessera answered ${result.rotations} refreshes and wrote ${written}`);
    rotations.push(result);
  };
  const update = async (duration: number) => {
    raw.push(await runRaw(file, spare, duration));
  };
  const rotations: ChainsResult[] = [];
  const raw: Awaited<ReturnType<typeof runRaw>>[] = [];
  await rotate(WARM_UP_SECONDS);
  await update(WARM_UP_SECONDS);
  rotations.pop();
  raw.pop();
  for (let index = 0; index < rounds; index += 1) {
    for (const run of index % 2 === 0 ? [rotate, update] : [update, rotate]) await run(seconds);
    const rates = [rotations, raw].map((results) => Math.round(results[index]?.tokensPerSecond ?? 0));
    note(`refresh round ${index + 1}/${rounds}: ${rates[0]} rotations/s, raw ${rates[1]} updates/s`);
  }
  // Each chain still goes on.
  for (const token of tokens) await grants.refresh(token);
  const { tokens_per_second: rotations_per_second, ...times } = medians(rotations);
  const { tokens_per_second: updates_per_second, ...rawTimes } = medians(raw);
  const ratio_to_raw = ratioOf(rotations, raw);
  return {
    tessera: { rotations_per_second, ratio_to_raw, ...times },
    raw: { updates_per_second, ...rawTimes },
  };
}

/** The `value` of the first row. */
function query(file: string, sql: string, ...parameters: string[]): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(sql).get(...parameters)?.value;
  } finally {
    database.close();
  }
}
