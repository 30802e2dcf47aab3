// Builds what is published: each package compiled to JavaScript in its dist/, with a package.json of its own.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

for (const name of ['core', 'server']) {
  const folder = join(root, 'packages', name);
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const project = join(folder, 'tsconfig.build.json');
  execFileSync('tsc', ['-p', project], { stdio: 'inherit' });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const exports = Object.fromEntries(
    Object.entries<string>(manifest.exports).map(([subpath, file]) => {
      const stem = file.replace(/\.ts$/, '');
      return [subpath, { types: `${stem}.d.ts`, default: `${stem}.js` }];
    }),
  );
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`);
  if (manifest.bin !== undefined) cpSync(join(folder, 'bin'), join(dist, 'bin'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
}
