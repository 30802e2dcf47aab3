// The rounds of one algorithm: every subject in each round, in an order that rotates, and the medians.

import type { Load, LoadResult, Run } from '../load/result.ts';
import type { Server } from '../subjects/processes.ts';
import { type Alg, type Subject, type SubjectName, startSubject } from '../subjects/subjects.ts';
import { checkSubject } from './check.ts';
import { watchPeak } from './memory.ts';

const WARM_UP_SECONDS = 1;

export type Figures = {
  tokens_per_second: number;
  ratio_to_floor?: number;
  p50_ms: number;
  p99_ms: number;
  peak_mb: number;
  token_bytes: number;
};

export type Plan = {
  names: readonly SubjectName[];
  rounds: number;
  seconds: number;
  plainDir: string;
  load: Load;
  note: (text: string) => void;
};

type Entry = { subject: Subject; bytes: number; peak: () => number };

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Throws if anything at all went wrong in a run. */
export async function flawless<Result extends LoadResult>(
  of: string,
  server: Server,
  run: Promise<Result>,
): Promise<Result> {
  const result = await run;
  if (server.hasEnded()) throw new Error(`${of} ended while it was under load`);
  const problems = Object.entries(result.problems).filter(([, count]) => count > 0);
  if (problems.length > 0) {
    throw new Error(
      `${of} failed under load: ${problems.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    );
  }
  if (result.tokensPerSecond === 0) throw new Error(`${of} gave no token under load`);
  return result;
}

type Runs<Name extends string, Result extends Run = Run> = Record<Name, (seconds: number) => Promise<Result>>;

/**
 * Measures each subject in every round, in an order that rotates, so that a slow phase of the machine affects them all.
 * Before its first run, each warms up for a second.
 */
export async function inTurns<Name extends string, Result extends Run>(
  what: string,
  runs: Runs<Name, Result>,
  { rounds, seconds, note }: Pick<Plan, 'rounds' | 'seconds' | 'note'>,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(runs) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let index = 0; index < rounds; index += 1) {
    const first = index % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      if (index === 0) await runs[name](WARM_UP_SECONDS);
      const result = await runs[name](seconds);
      results[name].push(result);
      note(`${what}, round ${index + 1}/${rounds}, ${name}: ${Math.round(result.tokensPerSecond)}/s`);
    }
  }
  return results;
}

/** The medians over the rounds. */
export function medians(results: readonly Run[]) {
  const over = (pick: (result: Run) => number, digits: number) => round(median(results.map(pick)), digits);
  return {
    tokens_per_second: over((result) => result.tokensPerSecond, 1),
    p50_ms: over((result) => result.p50, 3),
    p99_ms: over((result) => result.p99, 3),
  };
}

/** The median of the ratios of each round: a slow phase of the machine affects both sides of a ratio. */
export function ratioOf(results: readonly Run[], base: readonly Run[]): number {
  const ratios = results.map(
    ({ tokensPerSecond }, index) => tokensPerSecond / (base[index]?.tokensPerSecond ?? Number.NaN),
  );
  return round(median(ratios), 3);
}

export async function measureAlg(alg: Alg, plan: Plan): Promise<Record<string, Figures>> {
  const entries: Entry[] = [];
  const started: Subject[] = [];
  try {
    for (const name of plan.names) {
      const subject = await startSubject(name, alg, plan.plainDir);
      started.push(subject);
      const bytes = await checkSubject(subject);
      entries.push({ subject, bytes, peak: watchPeak(subject.server.pid) });
    }
    const load = ({ name, server, target }: Subject) => [
      name,
      (seconds: number) => flawless(`${name} (${alg})`, server, plan.load.run(target, seconds)),
    ];
    const runs = await inTurns(alg, Object.fromEntries(started.map(load)) as Runs<SubjectName>, plan);
    for (const subject of started) await checkSubject(subject);
    const figures: Record<string, Figures> = {};
    for (const { subject, bytes, peak } of entries)
      figures[subject.name] = {
        ...medians(runs[subject.name]),
        ...(runs.floor && { ratio_to_floor: ratioOf(runs[subject.name], runs.floor) }),
        peak_mb: round(peak(), 1),
        token_bytes: bytes,
      };
    return figures;
  } finally {
    await Promise.all(started.map((subject) => subject.stop()));
  }
}
