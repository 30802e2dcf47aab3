// Builds what is published: each package compiled to JavaScript in its dist/, with a package.json of its own.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What stands for a source in the built package. */
const built = (source: string) => ({
  types: source.replace(/\.ts$/, '.d.ts'),
  default: source.replace(/\.ts$/, '.js'),
});

const mapValues = <Value, Result>(object: Record<string, Value>, change: (value: Value) => Result) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

for (const name of ['core', 'server', 'verifier']) {
  const folder = join(root, 'packages', name);
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const project = join(folder, 'tsconfig.build.json');
  execFileSync('tsc', ['-p', project], { stdio: 'inherit' });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.exports !== undefined) manifest.exports = mapValues(manifest.exports, built);
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  if (manifest.bin !== undefined) cpSync(join(folder, 'bin'), join(dist, 'bin'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
}
