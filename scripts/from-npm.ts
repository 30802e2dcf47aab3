// Packages that a single script needs: installed from the npm registry into a temporary folder, and removed afterwards.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Installs a package, without running install scripts, and calls `work` with the `node_modules` that contains it. */
export async function withPackage<T>(
  name: string,
  version: string,
  work: (modules: string) => T,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-from-npm-'));
  try {
    const args = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--silent'];
    const { status } = spawnSync('npm', [...args, `${name}@${version}`], { cwd: folder, stdio: 'inherit' });
    if (status !== 0) throw new Error(`${name}@${version} cannot be installed from the npm registry`);
    return await work(join(folder, 'node_modules'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
