// What commands print: a value for programs, as JSON or YAML, or a text for people. Whatever is in it, nothing of it acts on
// a terminal.

import { createRequire } from 'node:module';
import { Option } from 'commander';
import { isSeen, visible, visibleJson, visibleLines } from '../words.ts';

/** How to print: `json` is one line. */
export type OutputFormat = 'text' | 'json' | 'yaml';

export const outputOption = () =>
  new Option('-o, --output <format>', 'how to print').choices(['text', 'json', 'yaml']).default('text');

/** How a command is called, for the end of its help. */
export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;

/** One value, or the text that a person reads. */
export function print(output: OutputFormat, value: unknown, text: string): void {
  const form = { text: () => visibleLines(text), json: () => json(value), yaml: () => yaml(value) };
  process.stdout.write(`${form[output]()}\n`);
}

const json = (value: unknown): string => visibleJson(JSON.stringify(value));

function yaml(value: unknown): string {
  // Only where it is asked for: a mock has to be there at once.
  const { Document, Scalar, visit } = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  // By way of JSON, which leaves out what is undefined.
  const document = new Document(JSON.parse(JSON.stringify(value)));
  visit(document, {
    Scalar(_key, node) {
      // Only there can a character be escaped.
      if (typeof node.value === 'string' && !isSeen(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return visibleJson(document.toString({ lineWidth: 0 }).trimEnd());
}

/** A mistake, or what else a person should know: on standard error. */
export function tell(message: string): void {
  const lines = message.split('\n').map((line) => `tessera: ${visible(line)}\n`);
  process.stderr.write(lines.join(''));
}

/** A value in a table; absent: a dash. */
type Cell = string | null | undefined;

/** Columns on a terminal, where 李 takes two. Most text is ASCII, and needs no table of widths to be loaded. */
function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return (createRequire(import.meta.url)('string-width') as typeof import('string-width')).default(text);
}

/** Columns of the widest cell; what is longer is cut, and whole in JSON. */
const widest = 72;

/** A table with headings; each column is as wide as its widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return 'none';
  const all = [
    headings.map((heading) => heading.toUpperCase()),
    ...rows.map((row) => row.map((cell) => cut(shown(cell)))),
  ];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const graphemes = new Intl.Segmenter();

function cut(cell: string): string {
  if (widthOf(cell) <= widest) return cell;
  let kept = '';
  for (const { segment } of graphemes.segment(cell)) {
    if (widthOf(kept + segment) >= widest) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** `name: value` lines. */
export function fields(value: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const width = Math.max(...entries.map(([name]) => name.length)) + 2;
  return entries.map(([name, field]) => `${`${name}:`.padEnd(width)}${shown(field)}`).join('\n');
}

function shown(field: unknown): string {
  const text = Array.isArray(field)
    ? field.join(' ')
    : typeof field === 'object' && field !== null
      ? JSON.stringify(field)
      : String(field ?? '');
  return text === '' ? '-' : visible(text);
}

/** The members that there are: one that is null or empty is left out, in JSON and in text alike. */
export const present = <Members extends object>(members: Members): Partial<Members> =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  ) as Partial<Members>;

/** A time (epoch milliseconds) in RFC 3339, in whole seconds. */
export function time(ms: number): string;
export function time(ms: number | null): string | undefined;
export function time(ms: number | null): string | undefined {
  return ms === null ? undefined : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
