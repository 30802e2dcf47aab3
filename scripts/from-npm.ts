// Packages that only one script needs: fetched from the npm registry into a folder of their own, and gone after it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Calls `work` with the folder `node_modules` that has it; no install script runs. */
export async function withPackage<T>(
  name: string,
  version: string,
  work: (modules: string) => T,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-from-npm-'));
  try {
    const args = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--silent'];
    const { status } = spawnSync('npm', [...args, `${name}@${version}`], { cwd: folder, stdio: 'inherit' });
    if (status !== 0) throw new Error(`${name}@${version} cannot be had from the npm registry`);
    return await work(join(folder, 'node_modules'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
