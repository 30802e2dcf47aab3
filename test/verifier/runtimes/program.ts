// A program for any runtime with a command line: RUNTIME program.ts ISSUER. Prints the outcomes for the issuer's tokens.

import type { Case } from './cases.ts';
import { verifyAll } from './verify-all.ts';

const issuer = process.argv.at(-1) ?? '';
const cases = (await (await fetch(`${issuer}/cases`)).json()) as Case[];
process.stdout.write(`${JSON.stringify(await verifyAll(issuer, cases))}\n`);
