// npm run release, in a repository of its own that has what a release touches; and one version in all of ours.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { datedChangelog, isNewer } from '../../scripts/release-text.ts';

const root = join(import.meta.dirname, '../..');
const manifests = [
  'package.json',
  ...['core', 'server', 'verifier'].map((name) => `packages/${name}/package.json`),
];
const jsonOf = (folder: string, file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));

/** Each place of a working tree that names a version of ours. */
function versionsOf(folder: string): string[] {
  const lock = jsonOf(folder, 'package-lock.json');
  const locked = ['', 'packages/core', 'packages/server', 'packages/verifier'];
  return [
    ...manifests.map((file) => jsonOf(folder, file).version),
    jsonOf(folder, 'packages/server/package.json').dependencies['@tessera-oauth/core'],
    lock.version,
    ...locked.map((path) => lock.packages[path].version),
    lock.packages['packages/server'].dependencies['@tessera-oauth/core'],
  ];
}

test('all packages have one version, and none can be published from its sources', () => {
  expect(new Set(versionsOf(root))).toEqual(new Set([jsonOf(root, 'package.json').version]));
  for (const file of manifests) expect(jsonOf(root, file).private, file).toBe(true);
});

describe('the release script', () => {
  let folder: string;
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const commit = () => {
    git('add', '--all');
    git('commit', '--quiet', '--message', 'Something');
  };
  const release = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release.ts', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  /** The script that a release waits for, as the scratch repository has it. */
  const setTestPackages = (command: string) => {
    const manifest = jsonOf(folder, 'package.json');
    manifest.scripts = { 'test:packages': command };
    write('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  };
  const state = () => [
    git('log', '--format=%s'),
    git('tag'),
    git('status', '--porcelain'),
    versionsOf(folder),
  ];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tessera-release-'));
    for (const file of [...manifests, 'package-lock.json', 'scripts']) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(root, file), join(folder, file), { recursive: true });
    }
    write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n### Added\n\n- Everything.\n');
    setTestPackages('node --version');
    git('init', '--quiet');
    git('config', 'user.name', 'Test');
    git('config', 'user.email', 'test@example.com');
    commit();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('writes the version everywhere and the date into the changelog, commits and tags', () => {
    const { status, stderr } = release('7.8.9');
    expect([status, stderr]).toEqual([0, '']);
    expect(new Set(versionsOf(folder))).toEqual(new Set(['7.8.9']));
    expect(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8')).toMatch(
      /^# Changelog\n\n## Unreleased\n\n## 7\.8\.9 - \d{4}-\d\d-\d\d\n\n### Added\n\n- Everything\.\n$/,
    );
    expect(git('log', '-1', '--format=%s')).toBe('Release 7.8.9');
    expect(git('cat-file', '-t', 'v7.8.9')).toBe('tag');
    expect(git('rev-parse', 'v7.8.9^{commit}')).toBe(git('rev-parse', 'HEAD'));
    expect(git('status', '--porcelain')).toBe('');
    expect(release('7.8.10').stderr).toContain('nothing is listed under "Unreleased"');
  });

  test('with --dry-run says what it would do, and does nothing', () => {
    const before = state();
    const { status, stdout } = release('7.8.9', '--dry-run');
    expect(status).toBe(0);
    expect(stdout.split('\n').slice(0, -1)).toEqual(Array(3).fill(expect.stringMatching(/^would /)));
    expect(stdout).toContain('v7.8.9');
    expect(state()).toEqual(before);
  });

  test('leaves everything as it was where the packages fail their test', () => {
    setTestPackages('node --no-such-option');
    commit();
    const before = state();
    expect(release('7.8.9')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('test:packages failed'),
    });
    expect(state()).toEqual(before);
  });

  test.each([
    ['no version', [], 'usage'],
    ['two versions', ['7.8.9', '7.8.10'], 'usage'],
    ['an unknown option', ['7.8.9', '--force'], '--force'],
    ['a version with a v', ['v7.8.9'], 'expected one such as 1.2.3'],
    ['a version of two parts', ['7.8'], 'expected one such as 1.2.3'],
    ['a version with a leading zero', ['7.08.9'], 'expected one such as 1.2.3'],
    ['a version older than the sources', ['0.0.1'], 'older than the sources'],
    ['a version that is released', ['7.1.0'], 'not newer than the release v7.1.0'],
    ['a version before one that is released', ['7.0.99'], 'not newer than the release v7.1.0'],
  ])('refuses %s', (_what, args, message) => {
    git('tag', 'v7.1.0');
    const before = state();
    const refused = release(...args);
    expect(refused.stderr).toContain(message);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(state()).toEqual(before);
  });

  test('refuses a working tree with changes, new files included', () => {
    write('notes.txt', 'mine');
    expect(release('7.8.9')).toMatchObject({ status: 1, stderr: expect.stringContaining('notes.txt') });
    expect(git('tag')).toBe('');
  });
});

test('versions are compared as numbers', () => {
  const version = fc.tuple(fc.nat(200), fc.nat(200), fc.nat(200));
  fc.assert(
    fc.property(version, version, (one, other) => {
      const at = one.findIndex((part, index) => part !== other[index]);
      const newer = at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
      expect(isNewer(one.join('.'), other.join('.'))).toBe(newer);
    }),
  );
});

test.each([
  ['none', '# Changelog\n'],
  ['an empty one', '## Unreleased\n\n## 0.1.0 - 2026-01-01\n\n- Something.\n'],
  ['headings alone', '## Unreleased\n\n### Added\n\n## 0.1.0 - 2026-01-01\n\n- Something.\n'],
  ['two', '## Unreleased\n\n- One.\n\n## Unreleased\n\n- Two.\n'],
])('a changelog whose unreleased section is %s cannot be released', (_what, text) => {
  expect(datedChangelog(text, '0.2.0', '2026-02-02')).toBeUndefined();
});

test('what was released before stays in the changelog', () => {
  const before = '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 - 2026-01-01\n\n- Old.\n';
  const after =
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-02-02\n\n- New.\n\n## 0.1.0 - 2026-01-01\n\n- Old.\n';
  expect(datedChangelog(before, '0.2.0', '2026-02-02')).toBe(after);
});
