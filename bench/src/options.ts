// The command line of the benchmark.

import { parseArgs } from 'node:util';
import type { LoadName } from './load.ts';
import { SUBJECTS, type SubjectName } from './subjects.ts';

export const USAGE = `usage: npm run bench -- [options]
  --json            print one JSON object instead of the table
  --seconds N       length of each measured run (default 5)
  --rounds N        number of rounds (default 3)
  --only NAME,...   some of: ${SUBJECTS.join(', ')}
  --load NAME       wrk or autocannon (default: wrk where it is on PATH)
`;

export type Options = {
  json: boolean;
  help: boolean;
  seconds: number;
  rounds: number;
  names: SubjectName[];
  load: LoadName | undefined;
};

function count(flag: string, value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value))
    throw new Error(`--${flag} takes a whole number from 1 to 9999, not '${value}'`);
  return Number(value);
}

function namesOf(value: string | undefined): SubjectName[] {
  if (value === undefined) return [...SUBJECTS];
  const wanted = value.split(',');
  const unknown = wanted.find((name) => !SUBJECTS.some((known) => known === name));
  if (unknown !== undefined)
    throw new Error(`--only does not know '${unknown}': take ${SUBJECTS.join(', ')}`);
  return SUBJECTS.filter((name) => wanted.includes(name));
}

function loadOf(value: string | undefined): LoadName | undefined {
  if (value === undefined || value === 'wrk' || value === 'autocannon') return value;
  throw new Error(`--load takes wrk or autocannon, not '${value}'`);
}

export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string' },
      load: { type: 'string' },
    },
  });
  return {
    json: values.json,
    help: values.help,
    seconds: count('seconds', values.seconds),
    rounds: count('rounds', values.rounds),
    names: namesOf(values.only),
    load: loadOf(values.load),
  };
}
