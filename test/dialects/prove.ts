// No field of a dialect can weaken a check: dialects from the whole schema, each with requests of all kinds.

import type { Dialect } from '@tessera-oauth/core';
import fc from 'fast-check';
import { anyDialect, onlyAccepted, writtenDialect } from './arbitrary/dialects.ts';
import { mutated } from './arbitrary/mutations.ts';
import { anyPlan, type Plan } from './arbitrary/plan.ts';
import { checkAlike, checkPair } from './pairs.ts';
import { anyVisit, checkOwnToken, checkVisit, type Visit } from './users.ts';
import { createWorld, type Served, type World } from './world.ts';

const dialects = fc.oneof(
  { weight: 3, arbitrary: anyDialect },
  { weight: 1, arbitrary: onlyAccepted(mutated(writtenDialect)) },
);

/** Under each dialect, at most. */
const [plans, visits] = [24, 3];
/** Dialects after which is looked whether there were enough requests. */
const chunk = 20;

interface Subject {
  readonly dialect: Dialect;
  readonly plans: readonly Plan[];
  readonly visits: readonly Visit[];
  readonly alike: Plan;
}

const subjects: fc.Arbitrary<Subject> = fc.record({
  dialect: dialects,
  plans: fc.array(anyPlan, { minLength: 1, maxLength: plans, size: 'max' }),
  visits: fc.array(anyVisit, { maxLength: visits, size: 'max' }),
  alike: anyPlan,
});

export interface Proved {
  readonly dialects: number;
  /** Requests with their dialects. */
  readonly pairs: number;
  /** Of these, the ones that were in order and got a token. */
  readonly granted: number;
}

/** Throws where something does not hold: what, under the smallest dialect and by the smallest requests that show it. */
export async function proveDialects({ pairs, seed }: { pairs: number; seed: number }): Promise<Proved> {
  const world = await createWorld();
  const proved = { dialects: 0, pairs: 0, granted: 0 };
  const property = fc.asyncProperty(subjects, async (subject) => {
    const served = await world.serve(subject.dialect);
    proved.dialects += 1;
    for await (const granted of checks(world, served, subject)) {
      proved.pairs += 1;
      if (granted) proved.granted += 1;
    }
  });
  try {
    for (let part = 0; proved.pairs < pairs; part += 1) {
      const result = await fc.check(property, { seed: seed + part, numRuns: chunk });
      if (result.failed) throw new Error(`${counterexampleOf(result)}\nseed ${seed + part}`);
    }
    return proved;
  } finally {
    await world.close();
  }
}

const counterexampleOf = ({ errorInstance, counterexample }: fc.RunDetails<[Subject]>): string =>
  `${errorInstance instanceof Error ? errorInstance.message : String(errorInstance)}\n${JSON.stringify(counterexample)}`;

/** Gives for each request whether it got a token. */
async function* checks(
  world: World,
  served: Served,
  { plans, visits, alike }: Subject,
): AsyncGenerator<boolean> {
  for (const plan of plans) yield await told(plan, () => checkPair(world, served, plan));
  for (const visit of visits) yield await told(visit, () => checkVisit(world, served, visit));
  const refused = await told(alike, () => checkAlike(world, served, alike));
  for (let count = 0; count < refused; count += 1) yield false;
  await told('its own token', () => checkOwnToken(world, served));
}

/** Names the request beside what is wrong with its answer. */
async function told<T>(what: unknown, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${message}: ${JSON.stringify(what)}`, { cause: error });
  }
}
