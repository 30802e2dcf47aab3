// TLS by the program itself: a certificate that is replaced is served from then on, a broken one is not.

import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, createServer } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { readTls, secureContextOf } from '../../packages/server/src/http/tls.ts';
import { cleanUp, expectMistake, project, temporaryFolder } from './program.ts';
import { ask } from './requests.ts';

afterAll(cleanUp);
const noPair = /belongs to another certificate/;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A self-signed certificate for this machine, and its key: cert.pem and key.pem in a folder. */
async function makeCertificate() {
  const folder = await temporaryFolder();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = spawnSync('openssl', ['req', ...kind, ...names, '-out', cert, '-keyout', key]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  const pem = await readFile(cert, 'utf8');
  return { cert, key, pem, fingerprint: new X509Certificate(pem).fingerprint256 };
}

/** The fingerprint of the certificate that is served now. */
const served = (origin: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: Number(new URL(origin).port),
      rejectUnauthorized: false,
    });
    socket.on('error', reject).on('secureConnect', () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
  });

test('served, and served anew when its files change', async ({ skip }) => {
  skip(!hasOpenssl, 'openssl is not on PATH: no certificate can be made');
  const [first, second, third] = [await makeCertificate(), await makeCertificate(), await makeCertificate()];
  const { folder, start } = await project({
    tls: { cert_file: 'cert.pem', key_file: 'key.pem' },
    issuers: [{ name: 'main', location: '/' }],
  });
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await copyFile(first.cert, cert);
  await copyFile(first.key, key);
  const server = await start();
  const { origin } = server.json;
  expect(origin).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const url = `${origin}/.well-known/oauth-authorization-server`;
  expect((await ask(url, { ca: first.pem })).json.issuer).toBe(origin);

  // Written over, one file after the other: for a moment they are no pair.
  await copyFile(second.key, key);
  await expect.poll(() => server.stderr()).toMatch(noPair);
  expect(await served(origin)).toBe(first.fingerprint);
  await copyFile(second.cert, cert);
  await expect.poll(() => served(origin)).toBe(second.fingerprint);
  const before = server.stderr().length;
  expect((await ask(url, { ca: second.pem })).status).toBe(200);

  // Put in their place by renaming, as certificate tools do.
  for (const [from, to] of [
    [third.cert, cert],
    [third.key, key],
  ] as const) {
    await copyFile(from, `${to}.new`);
    await rename(`${to}.new`, to);
  }
  await expect.poll(() => served(origin)).toBe(third.fingerprint);

  await writeFile(cert, 'not a certificate');
  await expect.poll(() => server.stderr().slice(before)).toMatch(/holds no certificate in PEM/);
  expect(await served(origin)).toBe(third.fingerprint);
  expect((await server.end()).code).toBe(0);
});

/** Runs openssl in a folder. */
function openssl(folder: string, args: string) {
  const made = spawnSync('openssl', args.split(' '), { cwd: folder });
  if (made.status !== 0) throw new Error(made.stderr.toString());
}

test('each mistake has a sentence of its own, at the start and in config check', async ({ skip }) => {
  skip(!hasOpenssl, 'openssl is not on PATH: no certificate can be made');
  const { folder, run, json, file } = await project();
  const [one, other] = [await makeCertificate(), await makeCertificate()];
  await copyFile(one.cert, join(folder, 'cert.pem'));
  await copyFile(one.key, join(folder, 'key.pem'));
  await copyFile(other.cert, join(folder, 'other.pem'));
  await writeFile(join(folder, 'reverse.pem'), other.pem + one.pem);
  await writeFile(join(folder, 'torn.pem'), one.pem + one.pem.replace(/\n.{8}/, '\n'));
  openssl(folder, 'x509 -in cert.pem -outform der -out cert.der');
  openssl(folder, 'pkey -in key.pem -outform der -out key.der');
  openssl(folder, 'pkey -in key.pem -aes256 -passout pass:x -out locked.pem');
  openssl(folder, 'ec -in key.pem -aes256 -passout pass:x -out locked-sec1.pem');
  openssl(folder, 'ec -in key.pem -outform der -out sec1.der');
  openssl(folder, 'req -new -key key.pem -subj /CN=localhost -out request.pem');
  openssl(folder, 'x509 -req -in request.pem -signkey key.pem -days 0 -out expired.pem');

  const mistakes: [cert: string, key: string, what: RegExp][] = [
    [
      'reverse.pem',
      'key.pem',
      /tls\.cert_file: .*reverse\.pem", whose certificate 2 is the server's own, expected it first/,
    ],
    ['cert.pem', 'locked.pem', /tls\.key_file: .*which has a passphrase/],
    ['cert.pem', 'locked-sec1.pem', /tls\.key_file: .*which has a passphrase/],
    ['cert.der', 'key.pem', /tls\.cert_file: .*which is DER, expected PEM/],
    ['cert.pem', 'key.der', /tls\.key_file: .*which is DER, expected PEM/],
    ['cert.pem', 'sec1.der', /tls\.key_file: .*which is DER, expected PEM/],
    ['other.pem', 'key.pem', /tls: the key in .*key\.pem belongs to another certificate than .*other\.pem/],
    ['key.pem', 'cert.pem', /tls\.cert_file: .*which holds a private key/],
    ['cert.pem', 'cert.pem', /tls\.key_file: .*which holds a certificate/],
    ['torn.pem', 'key.pem', /tls\.cert_file: .*whose certificate 2 cannot be parsed/],
    ['cert.pem', 'tessera.yaml', /tls\.key_file: .*which holds no private key in PEM/],
    ['.', 'key.pem', /tls\.cert_file: .*cannot be read \(illegal operation on a directory\)/],
    [
      'cert.pem',
      'none.pem',
      /tls\.key_file: .*none\.pem", which cannot be read \(no such file or directory\)/,
    ],
  ];
  const use = (cert_file: string, key_file: string) =>
    writeFile(file, JSON.stringify({ data: 'data', listen: { port: 0 }, tls: { cert_file, key_file } }));
  for (const [cert, key, what] of mistakes) {
    await use(cert, key);
    const refused = await readTls({ cert_file: join(folder, cert), key_file: join(folder, key) }).catch(
      String,
    );
    expect(refused).toMatch(what);
  }
  expectMistake(await run(['config', 'check']), /none\.pem/);
  expectMistake(await run(['start']), /none\.pem/);

  // What is out of date is served all the same: the operator is told.
  await use('expired.pem', 'key.pem');
  const warning = /certificate 1 of .*expired\.pem expired on \d{4}-/;
  expect((await json(['config', 'check'])).warnings).toEqual([expect.stringMatching(warning)]);
  expect((await run(['config', 'check'])).stderr).toMatch(
    /^tessera: warning: tls\.cert_file: certificate 1 /,
  );
  await writeFile(join(folder, 'disorder.pem'), one.pem + other.pem);
  const pair = { cert_file: join(folder, 'disorder.pem'), key_file: join(folder, 'key.pem') };
  expect((await readTls(pair)).cautions).toEqual([
    expect.stringMatching('certificate 2 of .* did not issue'),
  ]);
});

test('suites without forward secrecy are not offered', async ({ skip }) => {
  skip(!hasOpenssl, 'openssl is not on PATH: no certificate can be made');
  const folder = await temporaryFolder();
  openssl(folder, 'req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -out cert.pem -keyout key.pem');
  const { cert, key } = await readTls({
    cert_file: join(folder, 'cert.pem'),
    key_file: join(folder, 'key.pem'),
  });
  const server = createServer(secureContextOf({ cert, key })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const shake = (options: ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
      socket
        .on('error', () => resolve('refused'))
        .on('secureConnect', () => {
          resolve(socket.getProtocol() ?? '');
          socket.destroy();
        });
    });
  const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
  expect(await shake({ ...old, ciphers: 'AES256-GCM-SHA384:AES128-SHA' })).toBe('refused');
  expect(await shake({ ...old, ciphers: 'ECDHE-RSA-AES128-SHA' })).toBe('refused');
  expect(await shake({ ...old, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })).toBe('TLSv1.2');
  expect(await shake({})).toBe('TLSv1.3');
  server.close();
});
