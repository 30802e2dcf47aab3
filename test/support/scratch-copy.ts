// A copy of the server's sources in a folder of its own, to be changed as a contributor would: compiled, and run.

import { execFile } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../command-line/program.ts';

const root = join(import.meta.dirname, '../..');

export interface ScratchCopy {
  /** Its command line. */
  readonly program: string;
  /** Paths are below `packages/server/src`. */
  write(path: string, text: string): Promise<void>;
  /** Replaces a text that stands there once. */
  edit(path: string, from: string, to: string): Promise<void>;
  /** What the compiler has to say; '' where nothing is wrong. */
  compile(): Promise<string>;
}

/** Removed by `cleanUp` of test/command-line/program.ts. */
export async function scratchCopy(): Promise<ScratchCopy> {
  const folder = await temporaryFolder();
  const sources = join(folder, 'packages/server/src');
  await cp(join(root, 'packages/server'), join(folder, 'packages/server'), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  const project = { compilerOptions, include: ['packages/server/src'], exclude: ['**/*.test.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(project));
  const write: ScratchCopy['write'] = (path, text) => writeFile(join(sources, path), text);
  return {
    program: join(folder, 'packages/server/bin/tessera.js'),
    write,
    async edit(path, from, to) {
      const parts = (await readFile(join(sources, path), 'utf8')).split(from);
      if (parts.length !== 2) throw new Error(`${path}: "${from}" stands there ${parts.length - 1} times`);
      await write(path, parts.join(to));
    },
    compile: () =>
      new Promise((resolve) => {
        const compiler = join(root, 'node_modules/typescript/bin/tsc');
        execFile(process.execPath, [compiler, '-p', folder], (_failure, stdout) => resolve(stdout));
      }),
  };
}
