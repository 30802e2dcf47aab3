// The command line of the benchmark.

import { parseArgs } from 'node:util';
import type { LoadName } from './load/result.ts';
import { SUBJECTS, type SubjectName } from './subjects/subjects.ts';

const OTHERS = ['refresh', 'code', 'workers', 'reuse', 'scale', 'verify'] as const;
type Other = (typeof OTHERS)[number];
const PARTS: readonly string[] = [...SUBJECTS, ...OTHERS];
const FEW_REFRESHES = 20_000;
const MILLION = 1_000_000;

export const USAGE = `usage: npm run bench -- [options]
  --json            print one JSON object instead of the table
  --seconds N       length of each measured run (default 3)
  --rounds N        number of rounds (default 3)
  --only NAME,...   some of: ${PARTS.join(', ')}
  --load NAME       wrk or autocannon (default: wrk if it is on PATH)
  --million         a million refreshes of one grant, not ${FEW_REFRESHES}, for the size of its table
  --full            the scale with 1,000,000 clients and 10,000,000 grants, not with a tenth of them
`;

export type Options = {
  json: boolean;
  help: boolean;
  seconds: number;
  rounds: number;
  names: SubjectName[];
  load: LoadName | undefined;
  others: Other[];
  refreshes: number;
  full: boolean;
};

function count(flag: string, value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value))
    throw new Error(`--${flag} takes a whole number from 1 to 9999, not '${value}'`);
  return Number(value);
}

function partsOf(value: string): { names: SubjectName[]; others: Other[] } {
  const parts = value.split(',');
  const unknown = parts.find((name) => !PARTS.includes(name));
  if (unknown !== undefined) throw new Error(`--only does not know '${unknown}': take ${PARTS.join(', ')}`);
  const among = <Name extends string>(names: readonly Name[]) => names.filter((name) => parts.includes(name));
  return { names: among(SUBJECTS), others: among(OTHERS) };
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
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: PARTS.join(',') },
      load: { type: 'string' },
      million: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
    },
  });
  return {
    json: values.json,
    help: values.help,
    seconds: count('seconds', values.seconds),
    rounds: count('rounds', values.rounds),
    ...partsOf(values.only),
    load: loadOf(values.load),
    refreshes: values.million ? MILLION : FEW_REFRESHES,
    full: values.full,
  };
}
