// The time from process start to the first token of tessera, and its memory when idle after that.

import { setTimeout as sleep } from 'node:timers/promises';
import { startSubject } from '../subjects/subjects.ts';
import { requestToken } from './check.ts';
import { median, type Plan, round } from './measure.ts';
import { residentMb } from './memory.ts';

const IDLE_MS = 2_000;

export type Startup = { first_token_ms: number; idle_mb: number };

/** Medians over as many fresh starts as there are rounds, each with an empty data folder. */
export async function measureStartup(plan: Plan): Promise<Startup> {
  const times: number[] = [];
  const sizes: number[] = [];
  for (let index = 0; index < plan.rounds; index += 1) {
    const subject = await startSubject('tessera', 'ES256', plan.plainDir);
    try {
      await requestToken(subject.target);
      times.push(performance.now() - subject.server.startedAt);
      await sleep(IDLE_MS);
      sizes.push(residentMb(subject.server.pid));
    } catch (error) {
      throw new Error(`tessera failed at its first token: ${String(Object(error).message ?? error)}`);
    } finally {
      await subject.stop();
    }
    plan.note(`start ${index + 1}/${plan.rounds}: first token after ${Math.round(times[index] ?? 0)} ms`);
  }
  return { first_token_ms: round(median(times), 0), idle_mb: round(median(sizes), 1) };
}
