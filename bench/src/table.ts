// The report: what it was measured with, a table for each grant type, and tessera's start below them.

import type { Growth } from './growth.ts';
import type { Figures } from './measure.ts';
import type { Refresh, RefreshFigures } from './refresh.ts';
import type { Startup } from './startup.ts';

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

export type Report = {
  figures: Record<string, Record<string, Figures>>;
  refresh?: Refresh;
  startup?: Startup;
  machine: Machine;
};

const HEAD = ['alg', 'subject', 'tokens/s', 'of floor', 'p50 ms', 'p99 ms', 'peak MB'];
const LEFT_ALIGNED = 2;

function rowsOf(alg: string, subjects: Record<string, Figures>): string[][] {
  return Object.entries(subjects).map(([name, each]) => [
    alg,
    name,
    each.tokens_per_second.toFixed(0),
    each.ratio_to_floor?.toFixed(2) ?? '-',
    each.p50_ms.toFixed(2),
    each.p99_ms.toFixed(2),
    each.peak_mb.toFixed(0),
  ]);
}

const REFRESH_HEAD = ['store', 'subject', 'per second', 'of raw', 'p50 ms', 'p99 ms'];

const refreshRows = (engine: string, { tessera, raw }: RefreshFigures): string[][] => [
  [
    engine,
    'tessera',
    tessera.rotations_per_second.toFixed(0),
    tessera.ratio_to_raw.toFixed(2),
    ...timesOf(tessera),
  ],
  [engine, 'raw update', raw.updates_per_second.toFixed(0), '1.00', ...timesOf(raw)],
];

const timesOf = ({ p50_ms, p99_ms }: { p50_ms: number; p99_ms: number }) => [
  p50_ms.toFixed(2),
  p99_ms.toFixed(2),
];

function growthLine(engine: string, { refreshes, before, after, peak_wal_bytes }: Growth): string {
  const change = (key: keyof typeof before) => `${before[key]} before, ${after[key]} after`;
  return [
    `${engine}, ${refreshes} refreshes of one grant:`,
    `  rows of grants: ${change('rows')}`,
    `  bytes of grants and its indexes: ${change('table_bytes')}`,
    `  bytes of the database file: ${change('file_bytes')} (its write-ahead log at its longest: ${peak_wal_bytes})`,
  ].join('\n');
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
export function renderReport({ figures, refresh, startup, machine }: Report): string {
  const { node, cpu, cores, connections, load_generator, rounds, seconds } = machine;
  const runs = `${connections} connections, medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s`;
  const blocks = [`Node.js ${node}, ${cpu}, ${cores} cores`];
  const rows = Object.entries(figures).flatMap(([alg, subjects]) => rowsOf(alg, subjects));
  if (rows.length > 0) blocks.push(`client_credentials, ${runs}, ${load_generator}`, layOut([HEAD, ...rows]));
  for (const [engine, measured] of Object.entries(refresh ?? {})) {
    blocks.push(`refresh_token, ${runs}`, layOut([REFRESH_HEAD, ...refreshRows(engine, measured)]));
    blocks.push(growthLine(engine, measured.growth));
  }
  if (startup)
    blocks.push(
      `tessera, process start to first token: ${startup.first_token_ms} ms\n` +
        `tessera, idle memory: ${startup.idle_mb.toFixed(0)} MB`,
    );
  return `${blocks.join('\n\n')}\n`;
}
