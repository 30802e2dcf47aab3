// Reads a YAML file; JSON is YAML too.

import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { systemReason, UsageError } from '../model.ts';

export async function readDocument(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: cannot read it (${systemReason(error)})`);
  }
  const document = parseYaml(text, file) ?? {};
  if (typeof document === 'object' && !Array.isArray(document)) return document as Record<string, unknown>;
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
