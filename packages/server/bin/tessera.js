#!/usr/bin/env node
// Starts the command line: in a clone from the TypeScript sources, in an installed package from the compiled ones.

import { existsSync, readFileSync } from 'node:fs';
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
// A reader that closes the pipe early, such as head, is no error.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const argv = process.argv.slice(2);
if (argv[0] === '--version' || argv[0] === '-V') {
  // Scripts ask for it often, and it takes none of the code.
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  await start();
}

async function start() {
  const compiled = join(import.meta.dirname, '../lib/main.js');
  const installed = existsSync(compiled);
  // Types are stripped once and the result is cached in node_modules: a start takes half the time and less memory.
  if (!installed)
    module.enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/tessera'));
  const { main } = await import(installed ? compiled : '../src/main.ts');
  await main(argv);
}
