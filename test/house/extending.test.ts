// docs/extending.md is true: its recipes, applied to a copy of the sources, compile and run, and not without any line of
// theirs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { cleanUp, serve } from '../command-line/program.ts';
import { type ScratchCopy, scratchCopy } from '../support/scratch-copy.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/extending.md'), 'utf8');
const [standard] = builtInDialects;

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

afterAll(cleanUp);

/** The sources with the steps applied. */
async function copyWith(steps: readonly Step[]): Promise<ScratchCopy> {
  const copy = await scratchCopy();
  for (const { file, lines, isDiff } of steps) {
    const marked = (sign: string) =>
      lines.flatMap((line) => (line.startsWith(sign) ? [`${line.slice(1)}\n`] : [])).join('');
    if (isDiff) await copy.edit(file, marked('-'), marked('+'));
    else await copy.write(file, `${lines.join('\n')}\n`);
  }
  return copy;
}

/** Runs `tessera mock` of the copy with a dialect, and calls its token endpoint. */
async function withMock(
  { folder, program, write }: ScratchCopy,
  change: object,
  use: (
    ask: (form: Record<string, string>, headers?: Record<string, string>) => Promise<Response>,
  ) => Promise<void>,
): Promise<void> {
  await write('dialect.yaml', stringify({ ...standard, name: 'extended', ...change }));
  const args = ['mock', '--dialect', join(folder, 'dialect.yaml'), '--port', '0'];
  const mock = await serve(args, { program });
  const { token_endpoint } = JSON.parse(mock.stdout()) as { token_endpoint: string };
  await use((form, headers = {}) =>
    fetch(token_endpoint, { method: 'POST', headers, body: new URLSearchParams(form) }),
  );
  await mock.end();
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
    expect(await (await copyWith(steps)).compile()).toBe('');
  }, 60_000);

  test.each([1, 2])(
    'does not compile without step %i',
    async (left_out) => {
      const without = steps.filter((_, index) => index !== left_out);
      expect(await (await copyWith(without)).compile('core')).toMatch(/error TS/);
    },
    60_000,
  );
});

test('the grant gives a token, once for each voucher', async () => {
  const copy = await copyWith(stepsOf('Add a grant type'));
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
  const copy = await copyWith(stepsOf('Add a client authentication method'));
  const dialect = { client_authentication: [...standard.client_authentication, 'badge'] };
  await withMock(copy, dialect, async (ask) => {
    const form = { grant_type: 'client_credentials', client_id: 'app' };
    const status = async (badge: string) => (await ask(form, { 'x-badge': badge })).status;
    expect(await status('badge of app')).toBe(200);
    expect(await status('badge of another')).toBe(401);
  });
}, 60_000);
