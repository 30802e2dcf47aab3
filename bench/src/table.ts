// The report: what it was measured with, one table, and tessera's start below it.

import type { Figures } from './measure.ts';
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

function layOut(rows: string[][]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const cell = (text: string, column: number) =>
    column < LEFT_ALIGNED ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ')).join('\n');
}

export function renderReport({ figures, startup, machine }: Report): string {
  const rows = Object.entries(figures).flatMap(([alg, subjects]) => rowsOf(alg, subjects));
  const runs = `${machine.rounds} ${machine.rounds === 1 ? 'round' : 'rounds'} of ${machine.seconds} s`;
  const lines = [
    `client_credentials, ${machine.connections} connections, medians of ${runs}, ${machine.load_generator}`,
    `Node.js ${machine.node}, ${machine.cpu}, ${machine.cores} cores`,
    '',
    layOut([HEAD, ...rows]),
  ];
  if (startup) {
    lines.push(
      '',
      `tessera, process start to first token: ${startup.first_token_ms} ms`,
      `tessera, idle memory: ${startup.idle_mb.toFixed(0)} MB`,
    );
  }
  return `${lines.join('\n')}\n`;
}
