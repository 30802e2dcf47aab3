// The master key: from the data folder, a file of its own or the environment; never another than the database’s.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { cleanUp, expectMistake, killedAfter, type Project, project } from './program.ts';
import { requestToken } from './requests.ts';

afterAll(cleanUp);

const issuers = [{ name: 'main', location: '/', signing_alg: 'EdDSA' }];
const newKey = () => randomBytes(32).toString('base64');
const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

/** A client made by one process gets a token of another: both have the same key. */
async function givesTokens({ json, start }: Project, env: Record<string, string> = {}): Promise<void> {
  await json(['migrate'], { env });
  const client = await json(['client', 'create'], { env });
  const server = await start(env);
  expect((await requestToken(`${server.json.origin}/oauth2/token`, client)).status).toBe(200);
  await server.end();
}

test.concurrent('in the data folder, made at the first start', async ({ expect }) => {
  const place = await project({ issuers });
  await givesTokens(place);
  const file = join(place.folder, 'data/master.key');
  expect(await mode(file)).toBe('600');
  // Once the database is bound, a new key would only hide that the old one is lost.
  await rm(file);
  for (const args of [['start'], ['client', 'list']])
    expectMistake(await place.run(args), `${file}: the master key is missing`);
});

test.concurrent('in a file of its own, beside the configuration', async ({ expect }) => {
  const place = await project({ issuers, master_key_file: 'secrets.key' });
  await givesTokens(place);
  const file = join(place.folder, 'secrets.key');
  expect(await mode(file)).toBe('600');
  await rename(file, join(place.folder, 'old.key'));
  await writeFile(file, newKey());
  for (const args of [['start'], ['client', 'list']])
    expectMistake(await place.run(args), /master key.*not the one that .*\/data was made with/);
  await writeFile(file, 'short');
  expectMistake(await place.run(['client', 'list']), /secrets\.key: got \d+ bytes, expected 32 in Base64/);
});

test.concurrent('in the environment, and nowhere on the disk', async ({ expect }) => {
  const place = await project({ issuers });
  const env = { TESSERA_MASTER_KEY: newKey() };
  await givesTokens(place, env);
  await expect(stat(join(place.folder, 'data/master.key'))).rejects.toThrow('ENOENT');
  const other = { TESSERA_MASTER_KEY: newKey() };
  const wrong = await place.run(['client', 'list'], { env: other });
  expectMistake(wrong, /master key.*not the one/);
  expect(wrong.stderr).not.toContain(other.TESSERA_MASTER_KEY);
  expectMistake(await place.run(['client', 'list']), /master\.key: the master key is missing/);
  const short = await place.run(['client', 'list'], { env: { TESSERA_MASTER_KEY: 'c2hvcnQ=' } });
  expectMistake(short, /TESSERA_MASTER_KEY: got 5 bytes, expected 32/);
});

test.concurrent('config check sees a master key of the wrong length', async () => {
  const place = await project({ issuers });
  const env = { TESSERA_MASTER_KEY: 'c2hvcnQ=' };
  expectMistake(await place.run(['config', 'check'], { env }), /TESSERA_MASTER_KEY: got 5 bytes/);
});

test.concurrent('replaced while a server runs, by a command that is killed and run again', async ({
  expect,
}) => {
  const place = await project({ issuers });
  const file = join(place.folder, 'data/master.key');
  await place.json(['migrate']);
  const client = await place.json(['client', 'create']);
  const server = await place.start();
  const good = async (origin: string) => (await requestToken(`${origin}/oauth2/token`, client)).status;
  const old = await readFile(file, 'utf8');
  // Of an earlier rotation: its backups need it.
  await writeFile(`${file}.old`, 'older');
  expectMistake(await place.run(['master-key', 'retire']), 'there is one master key');
  // Killed as soon as the new key is in its place, before anything is renewed.
  await killedAfter(['master-key', 'rotate'], { cwd: place.folder }, () =>
    eventually(() => existsSync(`${file}.old.2`)),
  );
  expect(await good(server.json.origin)).toBe(200);
  const other = ['master-key', 'rotate', '--new-key-file', join(place.folder, 'other.key')];
  expectMistake(
    await place.run(other),
    `a rotation has begun, and its new key is in ${file}: run this again`,
  );
  expect(existsSync(join(place.folder, 'other.key'))).toBe(false);
  const rotated = await place.json(['master-key', 'rotate']);
  expect(rotated).toMatchObject({ new_key_file: file, refresh_tokens_left: 0 });
  expect(await readFile(`${file}.old`, 'utf8')).toBe('older');
  expect([await readFile(`${file}.old.2`, 'utf8'), await mode(file)]).toEqual([old, '600']);
  expect(await readFile(file, 'utf8')).not.toBe(old);
  const late = { env: { TESSERA_MASTER_KEY: old.trim() } };
  expectMistake(await place.run(['master-key', 'retire'], late), 'has the old master key still');
  expect(await place.json(['master-key', 'retire'])).toEqual({
    refresh_tokens_ended: 0,
    old_key_files: [`${file}.old`, `${file}.old.2`],
  });
  expect(await good(server.json.origin)).toBe(200);
  await server.end();
  expectMistake(await place.run(['client', 'list'], late), /master key.*not the one/);
  const again = await place.start();
  expect(await good(again.json.origin)).toBe(200);
  await again.end();
});

test.concurrent('a new key in a file of one’s own: named again, the rotation goes on', async ({ expect }) => {
  const place = await project({ issuers });
  await place.json(['migrate']);
  const rotate = (name: string) => ['master-key', 'rotate', '--new-key-file', join(place.folder, name)];
  const first = await place.json(rotate('new.key'));
  expect(first.new_key_file).toBe(join(place.folder, 'new.key'));
  expect((await place.json(rotate('new.key'))).new_key_file).toBe(first.new_key_file);
  expectMistake(await place.run(rotate('other.key')), /the file that was named when it began: name that one/);
  const env = { TESSERA_MASTER_KEY: (await readFile(first.new_key_file, 'utf8')).trim() };
  const { stdout } = await place.run(['master-key', 'retire'], { env });
  expect(stdout).toMatch(
    /\nnext: keep the old key as long as the backups from before, and apart from them\n$/,
  );
});
