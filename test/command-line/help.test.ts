// Help: every command explains itself, and shows by example how it is called.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inProcess } from './in-process.ts';
import { cleanUp, program, temporaryFolder, tessera } from './program.ts';

afterAll(cleanUp);

/** The names under “Commands:” in a help text. */
const commandsIn = (help: string): string[] =>
  [...(help.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name ?? '');

async function helpOf(path: readonly string[]): Promise<[path: string, help: string][]> {
  const { code, stdout, stderr } = await inProcess([...path, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^Usage: ${['tessera', ...path].join(' ')} `));
  const below = commandsIn(stdout).filter((name) => name !== 'help');
  const all: [string, string][] = [[path.join(' '), stdout]];
  for (const name of below) all.push(...(await helpOf([...path, name])));
  return all;
}

test('every command has help with a description and an example of itself', async () => {
  const all = await helpOf([]);
  const leaves = all.filter(([, help]) => commandsIn(help).length === 0);
  expect(leaves.map(([path]) => path)).toEqual([
    'quickstart',
    'start',
    'config check',
    ...['dialect list', 'dialect show', 'dialect diff', 'dialect try', 'dialect check', 'dialect schema'],
    ...['issuer list', 'issuer show', 'issuer create', 'issuer update'],
    ...['issuer disable', 'issuer enable', 'issuer delete'],
    ...['client list', 'client show', 'client create', 'client update', 'client delete'],
    ...['client secret add', 'client secret list', 'client secret revoke'],
    ...['scope list', 'scope show', 'scope create', 'scope update', 'scope delete'],
    ...['user list', 'user show', 'user create', 'user update', 'user disable', 'user enable'],
    ...['user reset-password', 'user delete'],
    ...['grant list', 'grant show', 'grant revoke'],
    ...['session list', 'session end'],
    ...['key list', 'key rotate', 'key revoke'],
    ...['master-key rotate', 'master-key retire'],
    ...['token inspect', 'token revoke', 'token list'],
    'usage show',
    'audit list',
    'migrate',
    'mock',
    'completion',
    'version',
  ]);
  for (const [path, help] of leaves) {
    expect(help, path).toMatch(/^Usage: [^\n]+\n\n\S/);
    const [, given = ''] = help.split('\nExamples:\n');
    const shown = given.split('\n').filter((line) => line.startsWith('  $ '));
    expect(shown.length, path).toBeGreaterThan(0);
    for (const line of shown) expect(line).toMatch(new RegExp(`\\btessera ${path}\\b`));
    // A script for a shell has one form.
    if (path !== 'completion') expect(help, path).toContain('--output <format>');
  }
});

test('--version is the version, --help the help, and no command at all a question', async () => {
  const [version, help, nothing] = await Promise.all([
    tessera(['--version']),
    tessera(['client', 'create', '--help']),
    tessera([]),
  ]);
  expect({ ...help, stdout: '' }).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(help.stdout).toMatch(/^Usage: tessera client create .*\nExamples:\n {2}\$ tessera client create /s);
  expect(version).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  expect(nothing.code).toBe(2);
  expect(nothing.stderr).toMatch(/^Usage: tessera /);
});

test('the help of tessera tells of each command what the command tells', async () => {
  const root = (await inProcess(['--help'])).stdout;
  // What is longer than a line is told on several.
  const inOneLine = root.replace(/\n {20,}/g, ' ');
  const names = commandsIn(root).filter((name) => name !== 'help');
  expect(names).toContain('completion');
  for (const name of names) {
    const { stdout } = await inProcess([name, '--help']);
    const [usage = '', , ...rest] = stdout.split('\n');
    const description = rest.slice(0, rest.indexOf('')).join(' ');
    const takes = usage
      .split(' ')
      .slice(3)
      .filter((word) => !['[options]', '[command]'].includes(word));
    // Beside --help, which every command has.
    if (/^ {2}-(?!h, --help)/m.test(stdout)) takes.unshift('[options]');
    expect(inOneLine, name).toMatch(
      new RegExp(`^ {2}${RegExp.escape([name, ...takes].join(' '))} +${RegExp.escape(description)}$`, 'm'),
    );
  }
  const { stdout } = await inProcess(['completion', 'fish']);
  expect(stdout).toContain(`= ''" -f -a '${names.join(' ')}'`);
});

test('help and a mistyped command load no command', async () => {
  const [help, mistyped] = await Promise.all([
    tessera(['--help'], { env: { NODE_DEBUG: 'esm' } }),
    tessera(['clint'], { env: { NODE_DEBUG: 'esm' } }),
  ]);
  for (const { stderr } of [help, mistyped]) {
    expect(stderr).toContain('src/cli/commands.ts');
    expect(stderr).not.toContain('packages/core/');
  }
});

test('--version takes nothing but the entry and its package.json', async () => {
  const folder = await temporaryFolder();
  const root = join(program, '../..');
  for (const file of ['bin/tessera.js', 'package.json']) await cp(join(root, file), join(folder, file));
  for (const option of ['--version', '-V']) {
    const version = await tessera([option], { program: join(folder, 'bin/tessera.js') });
    expect(version).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  }
});

test('issuer disable and delete tell what goes on elsewhere', async () => {
  const [disable, remove] = await Promise.all([
    tessera(['issuer', 'disable', '--help']),
    tessera(['issuer', 'delete', '--help']),
  ]);
  expect(disable.stdout).toMatch(/servers of an earlier release.* go on serving it/is);
  expect(remove.stdout).toMatch(/verify tokens offline accept those .* until these expire/s);
  expect(remove.stdout).toMatch(/disable its clients first/);
});
