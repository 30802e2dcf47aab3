// Reads a YAML file; JSON is YAML too.

import { readFile } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { systemReason, UsageError } from '../model.ts';
import type { Locate } from './validation.ts';

export const readDocument = async (file: string): Promise<Record<string, unknown>> =>
  (await readLocated(file)).document;

/** The same, with the line of each member. */
export async function readLocated(
  file: string,
): Promise<{ readonly document: Record<string, unknown>; readonly locate: Locate }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: cannot read it (${systemReason(error)})`);
  }
  const document = parseYaml(text, file) ?? {};
  if (typeof document === 'object' && !Array.isArray(document))
    return { document: document as Record<string, unknown>, locate: locator(text) };
  throw new UsageError(`${file}: expected keys and values`);
}

/** Parses YAML; a UsageError says in one line what is wrong with it, and names `source`. */
export function parseYaml(text: string, source: string): unknown {
  const document = parseDocument(text, { logLevel: 'error' });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw new UsageError(`${source}: ${firstLine(problem.message)}`);
  try {
    return document.toJS();
  } catch (error) {
    // Aliases without an anchor, or that expand to more than the parser allows.
    throw new UsageError(`${source}: ${firstLine(error instanceof Error ? error.message : String(error))}`);
  }
}

const firstLine = (message: string): string => (message.split('\n')[0] ?? '').replace(/:$/, '');

/** The line of a member, or of the nearest one around it that the file has. */
function locator(text: string): Locate {
  return (path) => {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range != null) return `:${lines.linePos(node.range[0]).line}`;
    }
    return '';
  };
}
