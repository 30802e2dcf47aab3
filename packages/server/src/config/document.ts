// Reads a YAML file; JSON is YAML too.

import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { UsageError } from '../model.ts';

export async function readDocument(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new UsageError(`${file}: cannot read it (${code})`);
  }
  try {
    const document: unknown = parse(text) ?? {};
    if (typeof document === 'object' && !Array.isArray(document)) return document as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new UsageError(`${file}: ${error.message.split('\n')[0]}`);
  }
  throw new UsageError(`${file}: expected keys and values`);
}
