#!/usr/bin/env node
// Starts the command line: in a clone the TypeScript sources as they are, installed the compiled ones.

import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);
// 24.7 has argon2 built in.
if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(
    `tessera: needs Node.js 24.7 or later, this is ${process.version}; in a clone, use npx tessera\n`,
  );
  process.exit(2);
}
// A reader that has seen enough, such as head, is no fault.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const sources = join(import.meta.dirname, '../src/main.ts');
const inClone = existsSync(sources);
// Types are stripped once and the result kept beside the dependencies: a start takes half the time and less memory.
if (inClone) module.enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/tessera'));
const { main } = await import(inClone ? sources : '../src/main.js');
await main(process.argv.slice(2));
