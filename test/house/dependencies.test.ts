// What the packages depend on is JavaScript alone: installing it compiles, downloads and runs nothing, on any platform.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** An entry of package-lock.json: what npm knows of a package without installing it. */
interface LockedPackage {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const root = join(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

const entryOf = (path: string): LockedPackage => {
  const entry = lock.packages[path];
  if (entry === undefined) throw new Error(`package-lock.json has no ${path}`);
  return entry;
};

/** Where Node.js finds `name` when `path` imports it. */
function resolve(path: string, name: string): string | undefined {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    const candidate = join(from, 'node_modules', name);
    if (lock.packages[candidate] !== undefined) return candidate;
    if (from === '') return undefined;
  }
}

function namesOf(entry: LockedPackage): string[] {
  const peers = Object.keys(entry.peerDependencies ?? {});
  const needed = peers.filter((name) => entry.peerDependenciesMeta?.[name]?.optional !== true);
  return [...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }), ...needed];
}

/** The paths of all that is installed with `names`, which `from` imports; other platforms' packages too. */
function closure(from: string, names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const path = resolve(from, name);
    if (path === undefined)
      throw new Error(`${from || 'the workspace'}: ${name} is not in package-lock.json`);
    const target = entryOf(path).link ? (entryOf(path).resolved ?? '') : path;
    if (found.has(target)) continue;
    found.add(target);
    closure(target, namesOf(entryOf(target)), found);
  }
  return found;
}

/** What says that a package is more than JavaScript. */
function nativeSigns(path: string): string[] {
  const { hasInstallScript, os, cpu, libc } = entryOf(path);
  const signs: string[] = [];
  if (hasInstallScript) signs.push('install script');
  if (os ?? cpu ?? libc) signs.push('for some platforms only');
  const folder = join(root, path);
  if (existsSync(folder)) {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (manifest.gypfile === true) signs.push('gypfile');
    signs.push(...globSync('**/{*.node,binding.gyp}', { cwd: folder }));
  } else if (signs.length === 0) signs.push('not installed: run npm ci');
  return signs;
}

const nativeAmong = (paths: Iterable<string>): Record<string, string[]> =>
  Object.fromEntries(
    [...paths].map((path) => [path, nativeSigns(path)] as const).filter(([, signs]) => signs.length > 0),
  );

test.each(['core', 'server', 'verifier'])('%s has no native dependency, however deep', (name) => {
  const path = `packages/${name}`;
  const paths = closure(path, namesOf(entryOf(path)));
  expect([...paths]).toContain('node_modules/jose');
  expect(nativeAmong(paths)).toEqual({});
});

// The same check, where there is something to find: a check that finds nothing anywhere proves nothing.
test('native packages among the development tools are found', () => {
  const { devDependencies = {} } = entryOf('');
  const found = nativeAmong(closure('', Object.keys(devDependencies)));
  expect(found['node_modules/node']).toContain('install script');
  expect(found['node_modules/@biomejs/cli-linux-x64']).toContain('for some platforms only');
  expect(Object.values(found).flat()).toContainEqual(expect.stringMatching(/\.node$/));
});

test('the oldest Node.js is the same wherever it is named', () => {
  const { server, core } = { server: entryOf('packages/server'), core: entryOf('packages/core') };
  const oldest = server.engines?.node?.replace('>=', '');
  expect(oldest).toMatch(/^\d+\.\d+$/);
  expect(core.engines).toEqual(server.engines);
  for (const file of [
    'packages/server/bin/tessera.js',
    'packages/server/README.md',
    'docs/installing.md',
    'README.md',
  ])
    expect(readFileSync(join(root, file), 'utf8'), file).toContain(`Node.js ${oldest} or later`);
});
