// The limits in time hold under TLS as they do without it.

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange, untilClosed } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let folder: string;
let server: TestServer | undefined;

beforeAll(async () => {
  if (!hasOpenssl) return;
  folder = await mkdtemp(join(tmpdir(), 'tessera-tls-'));
  const tls = { cert_file: join(folder, 'cert.pem'), key_file: join(folder, 'key.pem') };
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const files = ['-subj', '/CN=localhost', '-out', tls.cert_file, '-keyout', tls.key_file];
  const made = spawnSync('openssl', ['req', ...kind, ...files]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  server = await startTestServer({ request_timeout: '1s', tls });
});
afterAll(async () => {
  await server?.close();
  if (hasOpenssl) await rm(folder, { recursive: true });
});

const type = 'Content-Type: application/x-www-form-urlencoded';
test.runIf(hasOpenssl).concurrent('a handshake that never begins', async () => {
  if (server === undefined) return;
  expect((await untilClosed(server.port, '')).closed).toBe(true);
});

test.runIf(hasOpenssl).concurrent.each([
  ['a head that never ends', 'POST /oauth2/tok'],
  [
    'a body that never ends',
    `POST /oauth2/token HTTP/1.1\r\nHost: x\r\n${type}\r\nContent-Length: 50\r\n\r\nabc`,
  ],
])('%s', async (_what, bytes) => {
  // Without openssl there is no certificate to begin with.
  if (server === undefined) return;
  const { answers, ms } = await exchange(server.port, bytes, { secure: true });
  expect(answers.map(({ status }) => status)).toEqual([408]);
  expect(ms).toBeGreaterThan(900);
});
