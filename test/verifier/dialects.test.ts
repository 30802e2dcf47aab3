// The file that a server reads is the file that an API reads: tokens of the one are good at the other.

import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createVerifier, type VerifierOptions } from '@tessera-oauth/verifier';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { examplesOf, trial } from '../../packages/server/src/cli/dialect/curl.ts';
import { withGallery } from '../../packages/server/src/config/dialects.ts';
import { galleryNames } from '../../packages/server/src/config/gallery.ts';
import { startMock } from '../../packages/server/src/mock/index.ts';
import { cleanUp, temporaryFolder, tessera } from '../command-line/program.ts';
import { post } from '../mock/client.ts';
import { startTestServer } from '../support/server.ts';
import { silent } from './issuer.ts';

afterAll(cleanUp);

const root = join(import.meta.dirname, '../..');
const audience = 'https://api.example.com';
const acme = `
name: acme
extends: standard
paths: { token: /api/token }
access_token:
  algs: [RS256]
  header: { typ: JWT }
  claims: { iss: issuer, sub: subject, cid: client_id, scp: scope_list, iat: issued_at, exp: expires_at, id: jti }
`;

async function tokenFrom(
  url: string,
  credentials = { client_id: 'me', client_secret: 'x' },
): Promise<string> {
  const { json } = await post(url, { grant_type: 'client_credentials', scope: 'read', ...credentials });
  return json.access_token;
}

async function acmeFile(): Promise<string> {
  const file = join(await temporaryFolder(), 'acme.yaml');
  await writeFile(file, acme);
  return file;
}

test('a dialect of one’s own, by its file or its content', async () => {
  const dialect = await acmeFile();
  const shown = await tessera(['dialect', 'show', 'standard', '-o', 'json']);
  await using mock = await startMock({ dialect });
  await using standard = await startMock({ resources: [audience] });
  const token = await tokenFrom(mock.token_endpoint);
  const verify = (options: VerifierOptions, text = token) =>
    createVerifier({ logger: silent, ...options }).verify(text);
  const { issuer } = mock;
  for (const each of [dialect, parse(acme)])
    expect(await verify({ issuer, dialect: each })).toMatchObject({ client_id: 'me', scope: ['read'] });
  await expect(verify({ issuer, audience })).rejects.toMatchObject({ code: 'type_refused' });
  // What the command prints is the whole dialect.
  const whole = JSON.parse(shown.stdout);
  const ofStandard = await tokenFrom(standard.token_endpoint);
  const options = { issuer: standard.issuer, audience, dialect: whole };
  expect(await verify(options, ofStandard)).toMatchObject({ client_id: 'me' });
});

test.each(galleryNames)('%s of the gallery, as a whole', async (name) => {
  const dialect = (await withGallery([name])).get(name);
  if (dialect === undefined) throw new Error(`no ${name}`);
  await using mock = await startMock({ dialect: { ...dialect }, resources: [audience], clients: [trial] });
  const lines = examplesOf(dialect, mock.issuer)[0]?.lines ?? [];
  const { stdout } = await promisify(execFile)('bash', ['-c', lines.join('\n')]);
  const [token = ''] = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(stdout) ?? [];
  const whole = JSON.parse(JSON.stringify(dialect));
  const verifier = createVerifier({ issuer: mock.issuer, audience, dialect: whole, logger: silent });
  expect(await verifier.verify(token)).toMatchObject({ client_id: 'me' });
});

test('without the package yaml a YAML file is refused in a sentence, and JSON is read', async () => {
  const folder = await temporaryFolder();
  await cp(join(root, 'packages/verifier/src'), join(folder, 'src'), { recursive: true });
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(root, 'node_modules/jose'), join(folder, 'node_modules/jose'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'acme.yaml'), acme);
  await writeFile(join(folder, 'acme.json'), JSON.stringify(parse(acme)));
  const script = `
    import { createVerifier } from './src/index.ts';
    for (const dialect of ['acme.json', 'acme.yaml'])
      try { createVerifier({ issuer: 'https://a.example', dialect }); console.log('good'); }
      catch (error) { console.log(error.message); }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
  });
  expect(stdout.split('\n')).toEqual([
    'good',
    'dialect: acme.yaml is YAML, and the package yaml is not there to read it: npm install yaml, or give it as JSON, ' +
      'as tessera dialect show NAME -o json > NAME.json writes it',
    '',
  ]);
});

// RFC 8414 §3.1: the slash at the end is no part of where the metadata is.
test('an issuer whose identifier ends in a slash', async () => {
  const dialect = { name: 'slashed', extends: 'standard', issuer: { trailing_slash: true } };
  await using mock = await startMock({ dialect, resources: [audience] });
  expect(mock.issuer).toMatch(/:\d+\/$/);
  const token = await tokenFrom(mock.token_endpoint);
  const verifier = createVerifier({ issuer: mock.issuer, audience, dialect, logger: silent });
  expect(await verifier.verify(token)).toMatchObject({ claims: { iss: mock.issuer } });
});

test('an issuer at a path that ends in a slash', async () => {
  const dialect = { name: 'slashed', extends: 'standard', issuer: { trailing_slash: true } };
  const file = join(await temporaryFolder(), 'slashed.json');
  await writeFile(file, JSON.stringify(dialect));
  const issuers = [{ name: 'a', location: '/path', dialect: 'slashed', resources: [audience] }];
  const server = await startTestServer({ dialects: [file], issuers });
  try {
    const issuer = `${server.origin}/path/`;
    const { client_id, client_secret } = await server.register('a');
    const token = await tokenFrom(`${issuer}oauth2/token`, { client_id, client_secret });
    const verifier = createVerifier({ issuer, audience, dialect: file, logger: silent });
    expect(await verifier.verify(token)).toMatchObject({ client_id, claims: { iss: issuer } });
  } finally {
    await server.close();
  }
});
