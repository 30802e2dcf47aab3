// The program as it was before the newest migration: the code of that commit, out of git, where it can run.

import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../../command-line/program.ts';

const root = join(import.meta.dirname, '../../..');
const migrations = 'packages/server/src/store/migrations';

function git(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const options: ExecFileSyncOptions = { cwd: root, env: { ...process.env, ...env }, stdio: 'pipe' };
  return execFileSync('git', args, { ...options, encoding: 'utf8' }).trim();
}

/** The commit, or why there is none. While the newest migration is not committed, it is the last one. */
export function findPrevious(): { commit: string } | { reason: string } {
  const newest = readdirSync(join(root, migrations)).sort().at(-1) ?? '';
  try {
    if (realpathSync(git(['rev-parse', '--show-toplevel'])) !== realpathSync(root))
      return { reason: 'this is no clone' };
  } catch {
    return { reason: 'this is no clone' };
  }
  const added = git(['log', '-1', '--format=%H', '--diff-filter=A', '--', join(migrations, newest)]);
  const before = added === '' ? 'HEAD' : `${added}^`;
  try {
    return { commit: git(['rev-parse', '--verify', '--quiet', `${before}^{commit}`]) };
  } catch {
    return { reason: `this clone has no history from before ${newest}` };
  }
}

/** Puts the code of a commit into a folder, with the dependencies of today; gives the program's file. */
export async function unpack(commit: string): Promise<string> {
  const folder = await temporaryFolder();
  const index = { GIT_INDEX_FILE: join(folder, 'index') };
  git(['read-tree', commit], index);
  git(['checkout-index', '--all', `--prefix=${folder}/`], index);
  const own = ['packages/core', 'packages/server'].map(
    (target) => [join(folder, target), nameOf(join(folder, target))] as const,
  );
  const others = readdirSync(join(root, 'node_modules')).filter((name) => !/^(\.|@?tessera)/.test(name));
  const links = [...others.map((name) => [join(root, 'node_modules', name), name] as const), ...own];
  for (const [target, name] of links) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, 'junction');
  }
  return join(folder, 'packages/server/bin/tessera.js');
}

/** As that commit calls it: packages have been renamed. */
const nameOf = (folder: string): string =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
