// The report: the machine, a table for each part, and tessera's start below them.

import type { Growth } from './measures/growth.ts';
import type { Figures } from './measures/measure.ts';
import type { Rates } from './measures/rates.ts';
import type { Reuse } from './measures/reuse.ts';
import type { Comparison, Scale } from './measures/scale.ts';
import type { Startup } from './measures/startup.ts';
import type { Verify } from './measures/verify.ts';
import type { Workers } from './measures/workers.ts';
import type { Engine } from './rows/databases.ts';

type Machine = {
  node: string;
  cpu: string;
  cores: number;
  platform: string;
  load_generator: string;
  connections: number;
  rounds: number;
  seconds: number;
};

type OnEngines<T> = Record<Engine, T>;
export type Refresh = { sqlite: Rates & { growth: Growth }; postgres: Rates };

export type Report = {
  figures: Record<string, Record<string, Figures>>;
  refresh?: Refresh;
  code?: OnEngines<Rates>;
  workers?: Workers;
  reuse?: Reuse;
  scale?: OnEngines<Scale>;
  verify?: Verify;
  startup?: Startup;
  machine: Machine;
};

/** The figures of a row: a rate, its ratio to another rate, and times. */
type Line = { per_second: number; ratio: number | undefined; p50_ms: number; p99_ms: number };
type Row = [string, string, Line, ...string[]];

const LEFT_ALIGNED = 2;

const rowsOf = (figures: Report['figures']): Row[] =>
  Object.entries(figures).flatMap(([alg, subjects]) =>
    Object.entries(subjects).map(([name, each]): Row => {
      const line = { ...each, per_second: each.tokens_per_second, ratio: each.ratio_to_floor };
      return [alg, name, line, each.peak_mb.toFixed(0)];
    }),
  );

const rateRows = (rates: OnEngines<Rates>): Row[] =>
  Object.entries(rates).flatMap(([engine, { tessera, raw }]): Row[] => {
    const { rotations_per_second, exchanges_per_second, ratio_to_raw } = tessera;
    const per_second = rotations_per_second ?? exchanges_per_second ?? 0;
    return [
      [engine, 'tessera', { ...tessera, per_second, ratio: ratio_to_raw }],
      [engine, 'raw update', { ...raw, per_second: raw.updates_per_second, ratio: 1 }],
    ];
  });

const workersRows = (workers: Workers): Row[] =>
  Object.entries(workers).flatMap(([alg, numbers]) =>
    Object.entries(numbers).map(([number, each]): Row => {
      return [alg, number, { ...each, per_second: each.tokens_per_second, ratio: each.ratio_to_one }];
    }),
  );

const reuseRows = (reuse: Reuse): Row[] =>
  Object.entries(reuse).map(([window, each]) => {
    const line = { ...each, per_second: each.tokens_per_second, ratio: each.ratio_to_off };
    return ['RS256', window, line, each.cpu_seconds_per_1000.toFixed(3)];
  });

function scaleRows(scale: Scale): Row[] {
  const { client_credentials, refresh } = scale;
  const rows = (what: string, { few, many, ratio }: Comparison): Row[] => [
    [what, 'few', { ...few, per_second: few.tokens_per_second, ratio: 1 }],
    [what, 'many', { ...many, per_second: many.tokens_per_second, ratio }],
  ];
  return [
    ...rows('one client', client_credentials.one_client),
    ...rows('any client', client_credentials.any_client),
    ...rows('refresh', refresh),
  ];
}

function growthLine({ refreshes, before, after, peak_wal_bytes }: Growth): string {
  const change = (key: keyof typeof before) => `${before[key]} before, ${after[key]} after`;
  return [
    `sqlite, ${refreshes} refreshes of one grant:`,
    `  rows of grants: ${change('rows')}`,
    `  bytes of grants and its indexes: ${change('table_bytes')}`,
    `  bytes of the database file: ${change('file_bytes')} (its write-ahead log at its longest: ${peak_wal_bytes})`,
  ].join('\n');
}

/** `of` is the heading of the ratio. */
function table(names: [string, string], of: string, rows: Row[], ...more: string[]): string {
  const head = [...names, 'per second', of, 'p50 ms', 'p99 ms', ...more];
  const cells = rows.map(([first, second, { per_second, ratio, p50_ms, p99_ms }, ...others]) => {
    const times = [p50_ms, p99_ms].map((time) => time.toFixed(2));
    return [first, second, per_second.toFixed(0), ratio?.toFixed(2) ?? '-', ...times, ...others];
  });
  return layOut([head, ...cells]);
}

/** Verifications per second of CPU time, and their ratio to the signature check alone. */
function verifyTable(verify: Verify): string {
  const rows = Object.entries(verify).flatMap(([alg, rates]) =>
    Object.entries(rates).map(([name, rate]) => [alg, name, rate.toFixed(0), (rate / rates.raw).toFixed(2)]),
  );
  return layOut([['alg', 'subject', 'per CPU second', 'of raw'], ...rows]);
}

function layOut(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const cell = (text: string, column: number) =>
    column < LEFT_ALIGNED ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ')).join('\n');
}

/** Blocks of lines, with a blank line between them. */
export function renderReport({ machine, ...report }: Report): string {
  const { node, cpu, cores, connections, load_generator, rounds, seconds } = machine;
  const { figures, refresh, code, workers, reuse, scale, verify, startup } = report;
  const runs = `${connections} connections, medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s`;
  const blocks = [`Node.js ${node}, ${cpu}, ${cores} cores`];
  const block = (what: string, rendered: string) => blocks.push(`${what}, ${runs}`, rendered);
  const rows = rowsOf(figures);
  if (rows.length > 0)
    block(`client_credentials, ${load_generator}`, table(['alg', 'subject'], 'of floor', rows, 'peak MB'));
  if (refresh) {
    block('refresh_token', table(['store', 'subject'], 'of raw', rateRows(refresh)));
    blocks.push(growthLine(refresh.sqlite.growth));
  }
  if (code) block('authorization_code', table(['store', 'subject'], 'of raw', rateRows(code)));
  if (workers)
    block(
      `client_credentials by workers, ${load_generator}`,
      table(['alg', 'workers'], 'of one', workersRows(workers)),
    );
  if (reuse)
    block(
      `client_credentials with token reuse, ${load_generator}`,
      table(['alg', 'token_reuse'], 'of off', reuseRows(reuse), 'CPU s per 1000'),
    );
  for (const [engine, each] of Object.entries(scale ?? {})) {
    const amounts = [each.few, each.many].map(
      ({ clients, grants }) => `${clients} clients, ${grants} grants`,
    );
    const of = `${engine}, few (${amounts[0]}) and many (${amounts[1]})`;
    block(of, table(['what', 'rows'], 'of few', scaleRows(each)));
  }
  if (verify) blocks.push('access tokens verified, one after the other', verifyTable(verify));
  if (startup)
    blocks.push(
      `tessera, process start to first token: ${startup.first_token_ms} ms\n` +
        `tessera, idle memory: ${startup.idle_mb.toFixed(0)} MB`,
    );
  return `${blocks.join('\n\n')}\n`;
}
