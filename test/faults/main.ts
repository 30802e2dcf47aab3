// npm run test:faults [-- --only NAME --scale 0.1 --seed N]: each proof prints one line, and the last line counts them.

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { cleanUpAtExit } from '../../bench/src/subjects/processes.ts';
import { anyDialect } from './any-dialect.ts';
import { clockSteps, clocksApart } from './clocks.ts';
import { diskFull } from './disk-full.ts';
import { endless } from './endless.ts';
import { failover } from './failover.ts';
import { killed } from './killed.ts';
import { malformedRequests } from './malformed.ts';
import { outages } from './outages.ts';
import type { Proof } from './proof.ts';
import { races } from './races.ts';
import { slowLoris } from './slow-loris.ts';
import { soak } from './soak.ts';
import { stolenDatabase } from './stolen-database.ts';

const proofs: readonly Proof[] = [
  ...killed,
  ...races,
  ...outages,
  failover,
  diskFull,
  clockSteps,
  clocksApart,
  malformedRequests,
  anyDialect,
  slowLoris,
  endless,
  stolenDatabase,
  soak,
];

cleanUpAtExit();

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    scale: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const scale = Number(values.scale);
const seed = Number(values.seed);
const names = proofs.map(({ name }) => name);
const chosen = proofs.filter(({ name }) => values.only === undefined || name === values.only);
if (!(scale > 0 && scale <= 1) || !Number.isSafeInteger(seed) || chosen.length === 0) {
  process.stderr.write(
    `faults: --scale takes a number up to 1, --seed a whole one, --only one of: ${names.join(', ')}\n`,
  );
  process.exit(2);
}

// Nothing that was started outlives this program: what is left is ended when it exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

let failed = 0;
for (const { name, run } of chosen) {
  try {
    process.stdout.write(`${name}: ${await run({ scale, seed })}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`${name}: failed: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
process.stdout.write(`${chosen.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
