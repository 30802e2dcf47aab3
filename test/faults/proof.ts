// What a proof is: something is broken on purpose, and what was promised still holds.

import { availableParallelism, loadavg } from 'node:os';

export interface Circumstances {
  /** 1 is the whole length; 0.1 a tenth of the rounds, of the time, of the load. */
  readonly scale: number;
  /** What random choices follow from. */
  readonly seed: number;
}

export interface Proof {
  readonly name: string;
  /** Gives the figure measured, in a few words; throws where the promise does not hold. */
  run(circumstances: Circumstances): Promise<string>;
}

/** A number of rounds, requests or seconds, at least one. */
export const scaled = (whole: number, { scale }: Pick<Circumstances, 'scale'>): number =>
  Math.max(1, Math.round(whole * scale));

/** Beside others that want the same cores, times say nothing of the server: then they are told, and not judged. */
export function busyMachine(): string {
  const load = loadavg()[0] ?? 0;
  return load > 2 * availableParallelism() ? `, on a machine with a load of ${load.toFixed(0)}` : '';
}
