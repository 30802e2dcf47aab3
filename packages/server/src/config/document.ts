// Reads a YAML file; JSON is YAML too.

import { readFile } from 'node:fs/promises';
import { type Document, isCollection, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import { systemReason, UsageError } from '../model.ts';
import { type Locate, mistakeOf, type Place } from './mistakes.ts';

/** What a file says, and where it says it. */
export interface Located {
  readonly document: Record<string, unknown>;
  readonly locate: Locate;
}

export const readDocument = async (file: string): Promise<Record<string, unknown>> =>
  (await readLocated(file)).document;

/** The same, with the place of each member. */
export async function readLocated(file: string): Promise<Located> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw mistakeOf({ file }, `cannot read it (${systemReason(error)})`);
  }
  const parsed = parse(text);
  if ('fault' in parsed) throw mistakeOf({ file, ...parsed.place }, parsed.fault);
  const value = parsed.value ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw mistakeOf({ file }, 'expected keys and values');
  return {
    document: value as Record<string, unknown>,
    locate: (path) => placeIn(parsed.document, parsed.lines, path),
  };
}

/** Parses YAML; a UsageError says in one line what is wrong with it, and names `source`. */
export function parseYaml(text: string, source: string): unknown {
  const parsed = parse(text);
  if ('fault' in parsed) throw new UsageError(`${source}: ${parsed.fault}`);
  return parsed.value;
}

interface Parsed {
  readonly value: unknown;
  readonly document: Document;
  readonly lines: LineCounter;
}

interface Unparsable {
  readonly fault: string;
  readonly place?: Place;
}

function parse(text: string): Parsed | Unparsable {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error', prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) return { fault: firstLine(problem), place: placeAt(lines, problem.pos[0]) };
  try {
    return { value: document.toJS(), document, lines };
  } catch (error) {
    // Aliases without an anchor, or that expand to more than the parser allows.
    return { fault: firstLine(error) };
  }
}

const firstLine = (error: unknown): string =>
  ((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '').replace(/:$/, '');

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** The place of a member's key, or of the nearest one around it that the file has. */
function placeIn(document: Document, lines: LineCounter, path: readonly PropertyKey[]): Place | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const part of path) {
    if (!isCollection(node)) break;
    const item = node.items.find((each, index) =>
      isPair(each) ? isScalar(each.key) && String(each.key.value) === String(part) : index === part,
    );
    if (item === undefined) break;
    const named = isPair(item) ? item.key : item;
    offset = rangeOf(named)?.[0] ?? offset;
    node = isPair(item) ? item.value : item;
  }
  return offset === undefined ? undefined : placeAt(lines, offset);
}

const rangeOf = (node: unknown) => (node as { readonly range?: readonly number[] | null } | null)?.range;
