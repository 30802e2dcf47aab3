// Reads a dialect's file, where there are files. By what the runtime has loaded, and no import: bundlers and browsers never
// see it.

import type { DialectContent } from './dialect-content.ts';

export const isDialectFile = (text: string): boolean => /\.(ya?ml|json)$/i.test(text);

/** Throws a TypeError that says what to do. */
export function readDialectFile(file: string): DialectContent {
  const content = parse(file, textOf(file));
  if (typeof content === 'object' && content !== null && 'name' in content) return content as DialectContent;
  throw new TypeError(`dialect: ${file} is no dialect: it has no name`);
}

function textOf(file: string): string {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (fs === undefined)
    throw new TypeError(
      `dialect: there are no files here to read ${file} from: give its content, as an object`,
    );
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TypeError(`dialect: cannot read ${file}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

function parse(file: string, text: string): unknown {
  const read = /\.json$/i.test(file) ? JSON.parse : yamlParser(file);
  try {
    return read(text);
  } catch (cause) {
    throw new TypeError(
      `dialect: cannot read ${file}: ${cause instanceof Error ? cause.message.split('\n')[0] : cause}`,
      { cause },
    );
  }
}

/** Of the package yaml, which only this needs. */
function yamlParser(file: string): (text: string) => unknown {
  try {
    const { createRequire } = globalThis.process.getBuiltinModule('node:module');
    return createRequire(import.meta.url)('yaml').parse;
  } catch (cause) {
    throw new TypeError(
      `dialect: ${file} is YAML, and the package yaml is not there to read it: npm install yaml, or give it as JSON, ` +
        'as tessera dialect show NAME -o json > NAME.json writes it',
      { cause },
    );
  }
}
