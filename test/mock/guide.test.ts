// The examples of docs/testing-your-integration.md, run as they stand there.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startMock } from '@tessera-oauth/server/mock';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, temporaryFolder } from '../command-line/program.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/testing-your-integration.md'), 'utf8');
const blocksIn = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^\`]|\`(?!\`\`))*`, 'g'))].map(([block]) =>
    block.slice(language.length + 4),
  );

afterAll(cleanUp);

/** Runs a program with nothing but PATH and `env`; gives all that it wrote. */
async function run(file: string, args: readonly string[], cwd = root, env: Record<string, string> = {}) {
  const given = { PATH: process.env.PATH, HOME: process.env.HOME, ...env };
  const { stdout, stderr } = await promisify(execFile)(file, args, { cwd, env: given });
  return stdout + stderr;
}

const has = (program: string, ...args: string[]) =>
  run(program, args).then(
    () => true,
    () => false,
  );

/** Writes each block to the file that its first line names. */
async function folderOf(blocks: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const block of blocks) {
    const name = /^(?:#|\/\/) (\S+)\n/.exec(block)?.[1] ?? '';
    await writeFile(join(folder, name), block);
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

const withCurl = await has('curl', '--version');
test.skipIf(!withCurl)(`curl${withCurl ? '' : ' (not installed here)'}`, async () => {
  await using mock = await startMock({ dialect: 'tilia' });
  const script = blocksIn('sh')
    .filter((block) => block.includes('$MOCK'))
    .join('')
    .replace(/^MOCK=.*$/m, `MOCK=${mock.url}`);
  const told = [...script.matchAll(/^# (.*)$/gm)].map(([, line = '']) => line).join('');
  const pattern = told.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const written = await run('sh', ['-eu', '-c', script]);
  expect(written.replaceAll('\n', '')).toMatch(new RegExp(`^${pattern.join('.*')}$`));
  expect(mock.requests(), 'the last line has reset it').toEqual([]);
});

test('in a test in JavaScript', async () => {
  const [example = ''] = blocksIn('js');
  const folder = await folderOf([`// start.mjs\n${example}`]);
  expect(await run(process.execPath, ['start.mjs'], folder)).toBe('');
});

test('TypeScript', async () => {
  const folder = await folderOf(blocksIn('ts'));
  const written = await run(process.execPath, ['--test', 'tilia.test.ts'], folder);
  expect(written).toMatch(/^(ℹ|#) pass 5$/m);
});

test('TypeScript, checked', async () => {
  const folder = await folderOf(blocksIn('ts'));
  const options = { extends: join(root, 'tsconfig.json'), include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options));
  expect(await run(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--project', folder])).toBe('');
}, 60_000);

const withPython = await has('python3', '-c', 'import unittest');
test.skipIf(!withPython)(`Python${withPython ? '' : ' (not installed here)'}`, async () => {
  await using mock = await startMock({ dialect: 'trelica' });
  const folder = await folderOf(blocksIn('python'));
  const written = await run('python3', ['-m', 'unittest', 'test_trelica'], folder, { MOCK: mock.url });
  expect(written).toMatch(/^Ran 6 tests in .*\n\nOK$/m);
});
