// TLS by the program itself: a certificate that is replaced is served from then on, a broken one is not.

import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, expectMistake, project, temporaryFolder } from './program.ts';
import { ask } from './requests.ts';

afterAll(cleanUp);
const noPair = /are not a PEM certificate and its private key/;
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
  await expect.poll(() => server.stderr().slice(before)).toMatch(noPair);
  expect(await served(origin)).toBe(third.fingerprint);
  expect((await server.end()).code).toBe(0);
});

test('files that are no pair are refused, by config check too', async ({ skip }) => {
  skip(!hasOpenssl, 'openssl is not on PATH: no certificate can be made');
  const [one, other] = [await makeCertificate(), await makeCertificate()];
  const place = await project({ tls: { cert_file: one.cert, key_file: other.key } });
  for (const command of [['start'], ['config', 'check']])
    expectMistake(await place.run(command), /tls: .* are not a PEM certificate and its private key/);
});

test('a file that is missing is named', async () => {
  const place = await project({ tls: { cert_file: 'cert.pem', key_file: 'key.pem' } });
  expectMistake(await place.run(['start']), /tls\.cert_file: got ".*\/cert\.pem", .*\(ENOENT\)/);
});
