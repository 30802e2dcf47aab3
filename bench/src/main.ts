// The benchmark: client_credentials of tessera, a bare floor and two other servers; of tessera alone, refreshes, exchanges
// of codes, several workers, token reuse and many rows; and the verifier beside its peers. It prints tables or one JSON object.

import { cpus } from 'node:os';
import { CONNECTIONS, chooseLoad } from './load/load.ts';
import { measureGrowth } from './measures/growth.ts';
import { type Figures, measureAlg, type Plan } from './measures/measure.ts';
import { measureRates } from './measures/rates.ts';
import { measureReuse } from './measures/reuse.ts';
import { measureScale } from './measures/scale.ts';
import { measureStartup } from './measures/startup.ts';
import { measureVerify } from './measures/verify.ts';
import { measureWorkers } from './measures/workers.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import type { Engine } from './rows/databases.ts';
import { writePlainSubjects } from './subjects/plain.ts';
import { cleanUpAtExit } from './subjects/processes.ts';
import { ALGS } from './subjects/subjects.ts';
import { type Refresh, type Report, renderReport } from './table.ts';

function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}

async function measure(options: Options): Promise<Report> {
  const load = chooseLoad(options.load);
  const { names, rounds, seconds } = options;
  const plan: Plan = { names, rounds, seconds, load, note, plainDir: writePlainSubjects() };
  const figures: Record<string, Record<string, Figures>> = {};
  if (names.length > 0) for (const alg of ALGS) figures[alg] = await measureAlg(alg, plan);
  const cores = cpus();
  const machine = {
    node: process.version,
    cpu: cores[0]?.model ?? 'unknown processor',
    cores: cores.length,
    platform: `${process.platform}-${process.arch}`,
    load_generator: load.name,
    connections: CONNECTIONS,
    rounds,
    seconds,
  };
  const { others, refreshes, full } = options;
  return {
    figures,
    ...(others.includes('refresh') && { refresh: await measureRefresh(plan, refreshes) }),
    ...(others.includes('code') && { code: await onEngines((on) => measureRates('code', on, plan)) }),
    ...(others.includes('workers') && { workers: await measureWorkers(plan) }),
    ...(others.includes('reuse') && { reuse: await measureReuse(plan) }),
    ...(others.includes('scale') && { scale: await onEngines((on) => measureScale(on, { ...plan, full })) }),
    ...(others.includes('verify') && { verify: await measureVerify(plan) }),
    ...(names.includes('tessera') && { startup: await measureStartup(plan) }),
    machine,
  };
}

async function measureRefresh(plan: Plan, refreshes: number): Promise<Refresh> {
  const { sqlite, postgres } = await onEngines((engine) => measureRates('refresh', engine, plan));
  return { sqlite: { ...sqlite, growth: await measureGrowth(refreshes) }, postgres };
}

async function onEngines<T>(measureOne: (engine: Engine) => Promise<T>): Promise<Record<Engine, T>> {
  return { sqlite: await measureOne('sqlite'), postgres: await measureOne('postgres') };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const { figures, ...rest } = await measure(options);
  const output = options.json
    ? `${JSON.stringify({ ...figures, ...rest })}\n`
    : renderReport({ figures, ...rest });
  process.stdout.write(output);
}

cleanUpAtExit();
try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bench: ${message.split('\n')[0]}\n`);
  process.exitCode = 1;
}
