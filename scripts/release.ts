// npm run release -- VERSION [--dry-run]: all of a release up to the push (docs/releasing.md).

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageNames } from './build.ts';
import { atVersion, datedChangelog, isNewer } from './release-text.ts';

const root = join(import.meta.dirname, '..');
const versioned = [
  'package.json',
  ...packageNames.map((name) => `packages/${name}/package.json`),
  'package-lock.json',
];
const changed = ['CHANGELOG.md', ...versioned];

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const git = (...args: readonly string[]) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd();

class Refusal extends Error {}

/** The files of a release with their new text. */
function filesOf(version: string): Map<string, string> {
  const today = new Date().toISOString().slice(0, 10);
  const changelog = datedChangelog(read('CHANGELOG.md'), version, today);
  if (changelog === undefined) throw new Refusal('CHANGELOG.md: nothing is listed under "Unreleased"');
  const files = new Map([['CHANGELOG.md', changelog]]);
  for (const file of versioned) files.set(file, atVersion(read(file), version));
  return files;
}

function check(version: string): void {
  if (!/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/.test(version))
    throw new Refusal(`got the version "${version}", expected one such as 1.2.3`);
  const dirty = git('status', '--porcelain');
  if (dirty !== '') throw new Refusal(`these files have changes that are not committed:\n${dirty}`);
  // The first release may have the version that the sources have had so far.
  const current: string = JSON.parse(read('package.json')).version;
  if (isNewer(current, version))
    throw new Refusal(`${version} is older than the sources, which are ${current}`);
  for (const tag of git('tag', '--list', 'v*.*.*').split('\n').filter(Boolean))
    if (!isNewer(version, tag.slice(1))) throw new Refusal(`${version} is not newer than the release ${tag}`);
}

function release(version: string, dryRun: boolean): void {
  check(version);
  const files = filesOf(version);
  const announce = (line: string) => process.stdout.write(`${dryRun ? 'would ' : ''}${line}\n`);
  announce(`write version ${version} into ${[...files.keys()].join(', ')}`);
  if (!dryRun) for (const [file, text] of files) writeFileSync(join(root, file), text);
  announce('run npm run test:packages');
  if (!dryRun) testPackages();
  announce(`commit, and tag the commit v${version}`);
  if (dryRun) return;
  git('commit', '--quiet', '--message', `Release ${version}`, '--', ...changed);
  git('tag', '--annotate', `v${version}`, '--message', `Tessera ${version}`);
  process.stdout.write('To publish it: git push --follow-tags\n');
}

function testPackages(): void {
  try {
    execFileSync('npm', ['run', 'test:packages'], { cwd: root, stdio: 'inherit' });
  } catch {
    git('checkout', '--', ...changed);
    throw new Refusal('npm run test:packages failed; the files are as they were');
  }
}

try {
  const { positionals, values } = parseArgs({
    options: { 'dry-run': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [version, ...others] = positionals;
  if (version === undefined || others.length > 0)
    throw new Refusal('usage: npm run release -- VERSION [--dry-run]');
  release(version, values['dry-run']);
} catch (error) {
  if (!(error instanceof Refusal) && !isUsageError(error)) throw error;
  process.stderr.write(`release: ${error.message}\n`);
  process.exitCode = 1;
}

/** What parseArgs throws. */
function isUsageError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
