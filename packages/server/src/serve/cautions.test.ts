import { chmod, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { finishConfig } from '../config/load.ts';
import { cautionsOf } from './cautions.ts';

const cautions = async (document: object, folder = '/nowhere') =>
  cautionsOf(await finishConfig(document, 'a.yaml', folder));

test.each<[document: object, caution: string | undefined]>([
  [{}, undefined],
  [{ listen: { host: '127.0.0.1' } }, undefined],
  [{ listen: { host: '::1' } }, undefined],
  [{ listen: { host: 'localhost' } }, undefined],
  [{ listen: { host: '0.0.0.0' } }, 'listen.host is 0.0.0.0, without tls and trust_proxy'],
  [{ listen: { host: '::' } }, 'listen.host is ::, without tls'],
  [
    { listen: { host: '10.0.0.5', port: 80 } },
    'listen.host is 10.0.0.5, without tls and trust_proxy: who reaches port 80',
  ],
  [{ listen: { host: '0.0.0.0' }, trust_proxy: ['10.0.0.0/8'] }, undefined],
  [{ public_url: 'http://localhost:8080' }, undefined],
  [{ public_url: 'http://[::1]:8080' }, undefined],
  [{ public_url: 'http://auth.example.com' }, 'public_url is plain http beyond this machine'],
  [{ public_url: 'http://localhost.example.com' }, 'public_url is plain http'],
  [{ management: { port: 9090 } }, undefined],
  [{ management: { host: '0.0.0.0', port: 9090 } }, 'management.host is 0.0.0.0: whoever reaches port 9090'],
])('%j', async (document, caution) => {
  expect(await cautions(document)).toEqual(caution === undefined ? [] : [expect.stringContaining(caution)]);
});

test('files with secrets that every user may read, and a folder that every user may write to', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-cautions-'));
  const file = (name: string) => join(folder.path, name);
  const upstreams = [
    { name: 'a', label: 'A', issuer: 'https://id.example', client_id: 'x', client_secret_file: 's' },
  ];
  await mkdir(file('data'));
  const issuers = [
    { name: 'main', location: '/', clients: [{ client_id: 'app', client_secret_file: 'app.secret' }] },
  ];
  const names = ['data/master.key', 's', 'app.secret'];
  for (const name of names) await writeFile(file(name), 'x');
  const modes = async (folderMode: number, fileMode: number) => {
    await chmod(file('data'), folderMode);
    for (const name of names) await chmod(file(name), fileMode);
    return cautions({ data: 'data', login: { upstreams }, issuers }, folder.path);
  };
  expect(await modes(0o700, 0o600)).toEqual([]);
  expect(await modes(0o750, 0o640)).toEqual([]);
  expect(await modes(0o777, 0o644)).toEqual([
    `data: every user of this machine may write to ${file('data')}`,
    `the master key: every user of this machine may read ${file('data/master.key')}`,
    `the client secret of upstream a: every user of this machine may read ${file('s')}`,
    `the secret of client app of issuer main: every user of this machine may read ${file('app.secret')}`,
  ]);
});
