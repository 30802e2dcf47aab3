// What the commands share: options, connecting to the deployment, printing.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration } from '../config/schema.ts';
import type { Instance } from '../instance/instance.ts';
import type { ServedIssuer } from '../model.ts';
import { UsageError } from '../model.ts';
import { visible } from './visible.ts';

export interface CommonOptions {
  readonly config?: string;
  readonly output: 'text' | 'json';
}

export const outputOption = () =>
  new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text');

/** `--config` and `--output`, which every command on a database has. */
export const withCommon = (command: Command): Command =>
  command
    .option(
      '-c, --config <file>',
      'the configuration (default: tessera.yaml, else tessera-data/tessera.yaml)',
    )
    .addOption(outputOption());

/** The same, for commands on what belongs to an issuer. */
export const withIssuer = (command: Command): Command =>
  withCommon(command).option('-i, --issuer <name>', 'the issuer (default: the only one)');

export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;

/** Connects to the deployment of the configuration, runs `work` on it, and closes it whatever happens. */
export async function withInstance(
  options: CommonOptions,
  work: (instance: Instance, issuers: readonly ServedIssuer[]) => Promise<void>,
): Promise<void> {
  const [{ connectInstance }, { loadConfig }] = await Promise.all([
    import('../instance/connect.ts'),
    import('../config/load.ts'),
  ]);
  const instance = await connectInstance(await loadConfig(options.config, process.env));
  try {
    await work(instance, await instance.loadIssuers());
  } finally {
    await instance.close();
  }
}

/** The issuer of a command: by its name, or the only one that there is. */
export function chooseIssuer(issuers: readonly ServedIssuer[], name: string | undefined): ServedIssuer {
  const names = issuers.map((issuer) => issuer.name).join(', ');
  const chosen =
    name === undefined && issuers.length === 1 ? issuers[0] : issuers.find((issuer) => issuer.name === name);
  if (chosen !== undefined) return chosen;
  if (issuers.length === 0)
    throw new UsageError('there is no issuer yet (make one with: tessera issuer create)');
  throw new UsageError(
    name === undefined ? `--issuer: expected one of ${names}` : `issuer ${name}: expected one of ${names}`,
  );
}

/** One JSON value on one line, or the text that a person reads. */
export function print(output: CommonOptions['output'], value: unknown, text: string): void {
  process.stdout.write(`${output === 'json' ? JSON.stringify(value) : text}\n`);
}

/** A table with headings; each column is as wide as its widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'none';
  const all = [headings.map((heading) => heading.toUpperCase()), ...rows.map((row) => row.map(visible))];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `name: value` lines. */
export function fields(value: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const width = Math.max(...entries.map(([name]) => name.length)) + 2;
  return entries.map(([name, field]) => `${`${name}:`.padEnd(width)}${shown(field)}`).join('\n');
}

/** An empty value is shown as a dash. */
const shown = (field: unknown): string => {
  const text = visible(Array.isArray(field) ? field.join(' ') : String(field ?? ''));
  return text === '' ? '-' : text;
};

/** A time as JSON has it; epoch milliseconds. */
export const isoTime = (ms: number | null): string | null => (ms === null ? null : time(ms));

/** A time as text shows it; epoch milliseconds. */
export const time = (ms: number | null): string =>
  ms === null ? '-' : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

/** Collects the values of an option that may be repeated, or be a list with commas or spaces between. */
export const list = (value: string, previous: readonly string[] = []): string[] => [
  ...previous,
  ...value.split(/[ ,]+/).filter((item) => item !== ''),
];

/** A duration from now, as epoch milliseconds. */
export function fromNow(text: string): number {
  const parsed = duration.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('expected a duration such as 90d or 12h');
  return Date.now() + parsed.data;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('Expected a number from 0 to 65535.');
  return port;
}
