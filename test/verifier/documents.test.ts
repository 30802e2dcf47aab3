// What the documents say of the verifier: its programs, its errors, and the tour's API, walked line by line.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifierErrorCodes } from '@tessera-oauth/verifier';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, serve, temporaryFolder } from '../command-line/program.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const guide = read('docs/verifying-tokens.md');

test('the guide shows the examples as they are', () => {
  const shown = [...guide.matchAll(/```ts (examples\/\S+)\n([^`]+|`[^`])+```/g)].map(
    ([block, path = '']) => [path, block.replace(/^.*\n/, '').replace(/```$/, '')] as const,
  );
  expect(shown.map(([path]) => path.replace(/.*\//, ''))).toEqual([
    'fastify.ts',
    'express.ts',
    'hono.ts',
    'fetch.ts',
    'node.ts',
  ]);
  for (const [path, text] of shown) expect(text, path).toBe(read(path));
});

test('the guide has every code of an error, and no other', () => {
  const [, section = ''] = guide.split('## Errors');
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code),
  );
  expect(named.toSorted()).toEqual([...verifierErrorCodes].toSorted());
});

const children: { kill(): void }[] = [];
afterAll(async () => {
  for (const child of children) child.kill();
  await cleanUp();
});

/** The quickstart, and the API of the example beside it. */
async function startExample() {
  const server = await serve(['quickstart', '--port', '0'], { cwd: await temporaryFolder() });
  const { standard } = server.json.issuers as {
    standard: { client_id: string; client_secret: string; token_endpoint: string };
  };
  const port = await freePort();
  const env = { PATH: process.env.PATH, ISSUER: server.json.origin, PORT: String(port) };
  children.push(spawn(process.execPath, [join(root, 'examples/api/server.ts')], { env, stdio: 'ignore' }));
  const api = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(api).then(
      () => true,
      () => false,
    );
  await eventually(answers);
  return { ...standard, origin: server.json.origin, api };
}

test('the tour comes to an API, and goes as it says', async ({ skip }) => {
  const hasCurl = spawnSync('curl', ['--version']).status === 0;
  const [, tour = ''] = read('docs/tour.md').split('## An API that checks tokens');
  const [section = ''] = tour.split('\n## ');
  const steps = [...section.matchAll(/^\$ (.+)\n((?:[^$`\n].*\n)*)/gm)];
  expect(steps).toHaveLength(5);
  skip(!hasCurl, 'curl is not on PATH: the lines were not run');

  const { origin, api, client_id, client_secret } = await startExample();
  // One shell: the token of the first line is that of the others.
  const script = steps
    .map(([, command = '']) => command)
    .join('\n')
    .replaceAll('http://127.0.0.1:8080', origin)
    .replaceAll('http://127.0.0.1:3000', api)
    .replaceAll('curl ', 'curl -s ');
  const env = { PATH: process.env.PATH, ID: client_id, SECRET: client_secret };
  const { stdout } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' });
  expect(stdout).toBe(steps.map(([, , output = '']) => output).join(''));
  expect(stdout).toContain('The token was revoked');
});

test('the API of the example takes an invoice, and no nonsense', async () => {
  const { api, client_id, client_secret, token_endpoint } = await startExample();
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  const answer = await fetch(token_endpoint, { method: 'POST', body: form });
  const { access_token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  const send = async (body: string) =>
    (await fetch(`${api}/invoices`, { method: 'POST', headers, body })).status;
  expect(await send('{"customer":"Beta","cents":900}')).toBe(201);
  for (const bad of [
    '',
    '{',
    '[]',
    '{"customer":"","cents":1}',
    '{"customer":"B","cents":-1}',
    '{"cents":1}',
  ])
    expect(await send(bad), bad).toBe(400);
  const get = async (path: string) => {
    const response = await fetch(api + path, { headers: { authorization: headers.authorization } });
    return [response.status, await response.json()];
  };
  expect(await get('/invoices/2')).toEqual([200, { id: 2, customer: 'Beta', cents: 900 }]);
  expect((await get('/invoices/3'))[0]).toBe(404);
  expect((await get('/invoices/__proto__'))[0]).toBe(404);
});
