// docs/extending.md is true: its recipes, applied to a copy of the sources, compile and run, and not without any line of
// theirs.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { builtInDialects } from '@tessera-oauth/core';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/extending.md'), 'utf8');

interface Step {
  readonly file: string;
  readonly lines: readonly string[];
  readonly isDiff: boolean;
}

const stepsOf = (heading: string): Step[] => {
  const section = page.split('\n## ').find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/```(ts|diff) file=(\S+)\n([^`]*(?:`[^`]+)*?)\n```/g)].map(
    ([, kind, file = '', text = '']) => ({ file, lines: text.split('\n'), isDiff: kind === 'diff' }),
  );
};

const copies: string[] = [];
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

/** The sources, with the dependencies of this clone, and the steps applied. */
function copyWith(steps: readonly Step[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'tessera-extending-'));
  copies.push(copy);
  const isSource = (path: string) => !/\/(node_modules|dist)$/.test(path) && !path.endsWith('.test.ts');
  cpSync(join(root, 'packages'), join(copy, 'packages'), { recursive: true, filter: isSource });
  const config = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  for (const folder of ['*', 'core'])
    writeFileSync(
      join(copy, `tsconfig.${folder === '*' ? 'all' : folder}.json`),
      JSON.stringify({ ...config, include: [`packages/${folder}/src`] }),
    );
  cpSync(join(root, 'bench/src/types.d.ts'), join(copy, 'packages/core/src/types.d.ts'));
  mkdirSync(join(copy, 'node_modules/@tessera-oauth'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')).filter((each) => !/^(\.|@tessera)/.test(each)))
    symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name), 'junction');
  for (const name of ['core', 'server', 'verifier'])
    symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules/@tessera-oauth', name), 'junction');
  for (const step of steps) apply(step, copy);
  return copy;
}

function apply({ file, lines, isDiff }: Step, copy: string): void {
  const path = join(copy, file);
  if (!isDiff) {
    writeFileSync(path, `${lines.join('\n')}\n`);
    return;
  }
  const [before, after] = ['-', '+'].map((sign) =>
    lines
      .filter((line) => line.startsWith(sign))
      .map((line) => line.slice(1))
      .join('\n'),
  ) as [string, string];
  const parts = readFileSync(path, 'utf8').split(`${before}\n`);
  expect(parts, `${file} has, once: ${before}`).toHaveLength(2);
  writeFileSync(path, parts.join(`${after}\n`));
}

/** What the compiler says; empty: nothing. */
const compile = (copy: string, what: 'all' | 'core'): Promise<string> =>
  promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', `tsconfig.${what}.json`], {
    cwd: copy,
  }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );

/** Runs `tessera mock` of the copy with a dialect, and calls its token endpoint. */
async function withMock<T>(
  copy: string,
  change: object,
  use: (
    ask: (form: Record<string, string>, headers?: Record<string, string>) => Promise<Response>,
  ) => Promise<T>,
): Promise<T> {
  const standard = builtInDialects.find(({ name }) => name === 'standard');
  const file = join(copy, 'dialect.yaml');
  writeFileSync(file, stringify({ ...standard, name: 'extended', ...change }));
  const program = join(copy, 'packages/server/bin/tessera.js');
  const args = [program, 'mock', '--dialect', file, '--port', '0', '--output', 'json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { token_endpoint } = JSON.parse(line.toString()) as { token_endpoint: string };
    return await use((form, headers = {}) =>
      fetch(token_endpoint, { method: 'POST', headers, body: new URLSearchParams(form) }),
    );
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}

const recipes = [
  ['Add a grant type', 'voucher'],
  ['Add a client authentication method', 'badge'],
] as const;

describe.each(recipes)('%s', (heading) => {
  const steps = stepsOf(heading);

  test('is one file, its name, and its entry', () => {
    expect(steps.map(({ isDiff }) => isDiff)).toEqual([false, true, true, true]);
    expect(new Set(steps.map(({ file }) => file)).size).toBe(3);
  });

  test('compiles', async () => {
    expect(await compile(copyWith(steps), 'all')).toBe('');
  }, 60_000);

  test.each([1, 2])(
    'does not compile without step %i',
    async (left_out) => {
      const without = steps.filter((_, index) => index !== left_out);
      expect(await compile(copyWith(without), 'core')).toMatch(/error TS/);
    },
    60_000,
  );
});

test('the grant gives a token, once for each voucher', async () => {
  const copy = copyWith(stepsOf('Add a grant type'));
  const dialect = { grant_types: ['client_credentials', 'authorization_code', 'urn:example:voucher'] };
  await withMock(copy, dialect, async (ask) => {
    const form = { grant_type: 'urn:example:voucher', client_id: 'app', client_secret: 's' };
    const refused = async (answer: Response) => ((await answer.json()) as { error: string }).error;
    expect(await refused(await ask(form))).toBe('invalid_request');
    const first = await ask({ ...form, voucher: 'one' });
    expect(await first.json()).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) });
    expect(await refused(await ask({ ...form, voucher: 'one' }))).toBe('invalid_grant');
  });
}, 60_000);

test('the method authenticates a client, and refuses another', async () => {
  const copy = copyWith(stepsOf('Add a client authentication method'));
  await withMock(copy, { client_authentication: ['badge'] }, async (ask) => {
    const form = { grant_type: 'client_credentials', client_id: 'app' };
    const status = async (badge: string) => (await ask(form, { 'x-badge': badge })).status;
    expect(await status('badge of app')).toBe(200);
    expect(await status('badge of another')).toBe(401);
  });
}, 60_000);
