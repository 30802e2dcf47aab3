// A copy of the packages' sources in a folder of its own, to be changed as a contributor would: compiled, and run.

import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../command-line/program.ts';

const root = join(import.meta.dirname, '../..');

/** Paths are those in the repository. */
export interface ScratchCopy {
  /** The folder that the copy is in. */
  readonly folder: string;
  /** Its command line. */
  readonly program: string;
  write(path: string, text: string): Promise<void>;
  /** Replaces a text that stands there once. */
  edit(path: string, from: string, to: string): Promise<void>;
  /** What the compiler says of a package, or of all of them; '' where nothing is wrong. */
  compile(name?: 'core' | 'server'): Promise<string>;
}

/** Removed by `cleanUp` of test/command-line/program.ts. */
export async function scratchCopy(): Promise<ScratchCopy> {
  const folder = await temporaryFolder();
  const isSource = (path: string) => !/\/(node_modules|dist)$/.test(path) && !path.endsWith('.test.ts');
  await cp(join(root, 'packages'), join(folder, 'packages'), { recursive: true, filter: isSource });
  await linkDependencies(folder);
  const write: ScratchCopy['write'] = (path, text) => writeFile(join(folder, path), text);
  return {
    folder,
    program: join(folder, 'packages/server/bin/tessera.js'),
    write,
    async edit(path, from, to) {
      const parts = (await readFile(join(folder, path), 'utf8')).split(from);
      if (parts.length !== 2) throw new Error(`${path}: "${from}" stands there ${parts.length - 1} times`);
      await write(path, parts.join(to));
    },
    compile: (name) => compile(folder, name ?? '*'),
  };
}

/** The packages resolve to those of the copy, and all else to what is installed here. */
async function linkDependencies(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@tessera-oauth'), { recursive: true });
  const installed = (await readdir(join(root, 'node_modules'))).filter(
    (name) => !/^(\.|@tessera)/.test(name),
  );
  for (const name of installed)
    await symlink(join(root, 'node_modules', name), join(modules, name), 'junction');
  for (const name of await readdir(join(folder, 'packages')))
    await symlink(join(folder, 'packages', name), join(modules, '@tessera-oauth', name), 'junction');
}

async function compile(folder: string, name: string): Promise<string> {
  const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  const project = join(folder, 'tsconfig.json');
  await writeFile(project, JSON.stringify({ compilerOptions, include: [`packages/${name}/src`] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', project], (_failure, stdout) => resolve(stdout));
  });
}
