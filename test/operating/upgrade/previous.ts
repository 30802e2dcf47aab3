// The program as it was before the newest migration: the code of that commit, out of git, where it can run.

import { type ExecFileSyncOptions, execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
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
    if (git(['rev-parse', '--is-shallow-repository']) === 'true')
      return {
        reason: 'this clone is shallow: fetch the whole history (git fetch --unshallow, or fetch-depth: 0)',
      };
  } catch {
    return { reason: 'this is no clone' };
  }
  // By its name, in whatever folder it was at the time: where it has only moved, it was not added.
  const paths = ['--', `:(glob)**/migrations/${newest}`];
  const [added] = git([
    'log',
    '--reverse',
    '--format=%H',
    '--find-renames',
    '--diff-filter=A',
    ...paths,
  ]).split('\n');
  return { commit: git(['rev-parse', '--verify', added ? `${added}^` : 'HEAD']) };
}

interface Manifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Puts the code of a commit into a folder, with the dependencies of today and those that it had besides; gives the program's file. */
export async function unpack(commit: string): Promise<string> {
  const folder = await temporaryFolder();
  const index = { GIT_INDEX_FILE: join(folder, 'index') };
  git(['read-tree', commit], index);
  git(['checkout-index', '--all', `--prefix=${folder}/`], index);
  const own = globSync('packages/*/package.json', { cwd: folder }).map((file) => join(folder, dirname(file)));
  const names = new Set(own.map((each) => manifestOf(each).name));
  install(
    folder,
    own.flatMap((each) => missing(each, names)),
  );
  for (const name of modulesIn(join(root, 'node_modules')))
    link(folder, join(root, 'node_modules', name), name);
  for (const each of own) link(folder, each, manifestOf(each).name);
  for (const each of own)
    for (const file of Object.values(manifestOf(each).bin ?? {})) return join(each, file);
  throw new Error(`${commit} has no program`);
}

/** The names of the packages in a folder `node_modules`, but for those of this repository. */
const modulesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => !/^(\.|@?tessera)/.test(name))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(folder, name)).map((each) => `${name}/${each}`) : name,
    );

/** What a package needs and today's node_modules no longer has, with its version. */
const missing = (folder: string, own: ReadonlySet<string>): string[] =>
  Object.entries(manifestOf(folder).dependencies ?? {})
    .filter(([name]) => !own.has(name) && !existsSync(join(root, 'node_modules', name)))
    .map(([name, version]) => `${name}@${version}`);

function install(folder: string, packages: readonly string[]): void {
  if (packages.length === 0) return;
  const apart = join(folder, 'apart');
  mkdirSync(apart);
  const args = ['install', '--prefix', apart, '--no-save', '--no-audit', '--no-fund', ...packages];
  const { status, stderr } = spawnSync('npm', args, { cwd: apart, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the release before needs ${packages.join(' ')}: ${stderr}`);
  for (const name of modulesIn(join(apart, 'node_modules')))
    link(folder, join(apart, 'node_modules', name), name);
}

function link(folder: string, target: string, name: string): void {
  const place = join(folder, 'node_modules', name);
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(target, place, 'junction');
}
