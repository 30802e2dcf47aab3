// Writes the child programs as plain JavaScript into bench/dist, so that no measured peer needs the memory (about 17 MB)
// of Node.js's own type stripper.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, join } from 'node:path';

const programs = [
  new URL('./common.ts', import.meta.url),
  new URL('./floor.ts', import.meta.url),
  new URL('./oidc-provider.ts', import.meta.url),
  new URL('./node-oauth2-server.ts', import.meta.url),
];
const target = join(import.meta.dirname, '../../dist/subjects');

function strip(code: string): string {
  // Node.js 26 warns that this function is experimental; the warning would only litter the output.
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(code);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Gives the folder of the written programs. */
export function writePlainSubjects(): string {
  mkdirSync(target, { recursive: true });
  for (const program of programs) {
    const code = strip(readFileSync(program, 'utf8')).replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'");
    writeFileSync(join(target, `${basename(program.pathname, '.ts')}.js`), code);
  }
  return target;
}
