// tessera dialect try: what it prints can be pasted, and what is saved is spoken.

import { execFile } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { builtInDialects, type Dialect } from '@tessera-oauth/core';
import { afterAll, describe, expect, test } from 'vitest';
import { examplesOf, trial } from '../../packages/server/src/cli/dialect/curl.ts';
import { readDialect, withGallery } from '../../packages/server/src/config/dialects.ts';
import { galleryNames } from '../../packages/server/src/config/gallery.ts';
import { startMock } from '../../packages/server/src/mock/index.ts';
import { eventually } from '../support/eventually.ts';
import { cleanUp, expectMistake, serve, serveText, temporaryFolder, tessera } from './program.ts';

afterAll(cleanUp);

/** What a shell prints to whom these lines are pasted. */
const paste = async (lines: readonly string[]): Promise<string> =>
  (await promisify(execFile)('bash', ['-c', lines.join('\n')])).stdout;

const acme = {
  name: 'acme',
  extends: 'standard',
  paths: { token: '/api/token' },
  client_authentication: ['client_secret_post'],
  requests: {
    media: ['json', 'form'],
    otherwise: { grant_type: 'authorization_code', response_type: 'code' },
    names: { key: 'client_id', secret: 'client_secret' },
    grant_types: { account: 'client_credentials' },
  },
  client_credentials: { excluded_scopes: ['read'] },
  authorization_code: { pkce: 'required_of_public_clients' },
  refresh_token: { given: { parameter: 'access type', value: "it's offline" } },
  scope: { delimiter: ',', accepts: [','] },
  answer: { access_token: 'access_token', with: { members: { again: 'refresh_token' } }, scope: 'scope' },
};

describe('the lines can be pasted, in', () => {
  const own: Dialect[] = [
    readDialect(acme, 'acme'),
    readDialect(
      { ...acme, name: 'forms', requests: {}, answer_media: ['form', 'json'], answer: null },
      'forms',
      new Map([['standard', builtInDialects[0]]]),
    ),
  ];
  test.each([...builtInDialects, ...own].map((dialect): [string, Dialect] => [dialect.name, dialect]))(
    '%s',
    (_name, dialect) => expectToWork(dialect),
  );
  test.each(galleryNames)('%s', async (name) => {
    const dialect = (await withGallery([name])).get(name);
    if (dialect === undefined) throw new Error(`no ${name}`);
    await expectToWork(dialect);
  });
});

async function expectToWork(dialect: Dialect): Promise<void> {
  await using mock = await startMock({ dialect: { ...dialect }, clients: [trial] });
  const titled = new Map(examplesOf(dialect, mock.issuer).map(({ title, lines }) => [title, lines]));
  const linesOf = (word: string) => [...titled].find(([title]) => title.includes(word))?.[1] ?? [];
  const reasons = () => mock.requests().map(({ reason }) => reason);
  if (dialect.grant_types.includes('client_credentials')) {
    expect(await paste(linesOf('client_credentials'))).toContain('eyJ');
  }
  if (dialect.grant_types.includes('authorization_code')) {
    const flow = linesOf('authorization_code');
    expect(flow.length).toBe(2);
    expect(await paste([...flow, ...linesOf('refresh_token')])).toContain('eyJ');
    const all = [
      'authorization',
      'token',
      ...(dialect.grant_types.includes('refresh_token') ? ['token'] : []),
    ];
    expect(
      mock
        .requests()
        .slice(-all.length)
        .map(({ endpoint }) => endpoint),
    ).toEqual(all);
  }
  expect(reasons().filter((reason) => reason !== undefined)).toEqual([]);
  const good = reasons().length;
  await paste(linesOf('wrong secret'));
  expect(reasons().slice(good)).toEqual(['secret_wrong']);
}

test('it follows the file, however an editor writes it, and goes on where the file is wrong', async () => {
  const folder = await temporaryFolder();
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await write('acme.yaml', 'name: acme\nextends: base\nexpires_in: string\n');
  await write('base.yaml', 'name: base\nextends: standard\npaths: { token: /one }\n');
  const args = ['dialect', 'try', 'acme.yaml', 'base.yaml'];
  const served = await serveText(args, { cwd: folder }, /Ctrl\+C/);
  const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(served.stdout()) ?? [];
  const [line = ''] = /^curl .*$/m.exec(served.stdout()) ?? [];
  expect(await paste([line])).toContain('"expires_in":"3600"');
  const lines = () => `${served.stdout()}${served.stderr()}`.split('\n');
  const tells = (what: string) => eventually(async () => lines().some((each) => each.includes(what)));

  // As editors do: another file, renamed.
  await write('acme.yaml~', 'name: acme\nextends: base\nexpires_in: number\n');
  await rename(join(folder, 'acme.yaml~'), join(folder, 'acme.yaml'));
  await tells('acme.yaml: ~ expires_in: "string" → "number"');
  expect(await paste([line])).toContain('"expires_in":3600');

  // What it extends.
  await write('base.yaml', 'name: base\nextends: standard\npaths: { token: /two }\n');
  await tells('acme.yaml: ~ paths.token: "/one" → "/two"');
  const two = line.replace('/one', '/two');
  expect(await paste([two])).toContain('"expires_in":3600');

  await write('acme.yaml', 'name: acme\nextends: base\nexpires_in: nmuber\n');
  await tells(
    'acme.yaml:3:1: expires_in: got "nmuber", expected one of number, string: did you mean number?; the one',
  );
  expect(await paste([two])).toContain('"expires_in":3600');
  // Right by itself, and yet nothing that a mock can speak.
  await write('acme.yaml', 'name: acme\nextends: base\npaths: { jwks: /_mock/jwks }\n');
  await tells('/_mock/jwks is below /_mock');
  expect(await paste([two])).toContain('"expires_in":3600');

  const before = lines().length;
  await write('other.yaml', 'name: [');
  await write('acme.yaml', 'name: acme\nextends: base\nheaders: { X-A: b }\n');
  await tells('acme.yaml: + headers.X-A: "b"');
  expect(lines().length - before).toBe(1);
  expect((await fetch(`${url}/two`)).headers.get('x-a')).toBe('b');
  expect(await served.end('SIGINT')).toMatchObject({ code: 0 });
});

test('one of the configuration, by its name; its file may be away for a while', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'own.yaml');
  await writeFile(join(folder, 'tessera.yaml'), 'dialects: [own.yaml]\nlisten: nonsense\n');
  await writeFile(file, 'name: own\nextends: google\n');
  const served = await serveText(['dialect', 'try', 'own'], { cwd: folder }, /Ctrl\+C/);
  expect(served.stdout()).toContain(`Save ${file}, and it is spoken at once.`);
  await rm(file);
  await eventually(() =>
    served.stderr().includes(`${file}: cannot read it (no such file or directory); the one`),
  );
  await writeFile(file, 'name: own\nextends: google\nscope: { delimiter: "," }\n');
  await eventually(() => served.stderr().includes(`${file}:3:1: scope: got`));
  await writeFile(file, 'name: renamed\nextends: google\nexpires_in: string\n');
  await eventually(() => served.stdout().includes(`${file}: ~ expires_in: "number" → "string"`));
  expect(await served.end('SIGINT')).toMatchObject({ code: 0 });
});

test('a dialect by its name, for programs, on a chosen port', async () => {
  const { json, end } = await serve(['dialect', 'try', 'slack']);
  const { url, examples } = json as unknown as { url: string; examples: { lines: string[] }[] };
  expect(await paste(examples[0]?.lines ?? [])).toContain('access_token');
  const { port } = new URL(url);
  expectMistake(
    await tessera(['dialect', 'try', 'tilia', '--port', port]),
    `port ${port} on 127.0.0.1 is in use`,
  );
  expect(await end()).toMatchObject({ code: 0, stderr: '' });
});

test.each([
  [['klingon'], /dialect: got "klingon", expected a YAML or JSON file, one of standard/],
  [['missing.yaml'], /missing\.yaml: cannot read it \(no such file or directory\)/],
  [['tilia', '--port', 'x'], /--port/],
])('%j is refused in a line', async (args, what) => {
  expectMistake(await tessera(['dialect', 'try', ...args]), what);
});
