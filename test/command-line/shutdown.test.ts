// How a server ends: requests under way are answered, new ones are refused, and nothing that it has noted is lost.

import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, type Served, serve, temporaryFolder, tessera } from './program.ts';
import { type Credentials, requestToken } from './requests.ts';

let data: string;
beforeAll(async () => {
  data = join(await temporaryFolder(), 'data');
});
afterAll(cleanUp);

const start = () => serve(['quickstart', '--port', '0', '--data', data]);
const demoOf = ({ json }: Served) =>
  (json.issuers as { standard: Credentials & { token_endpoint: string } }).standard;

const received = (socket: Socket, what: RegExp) =>
  new Promise<string>((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (what.test(text)) resolve(text);
    });
    socket.on('close', () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
  });

/** A connection on which something was answered, and which its client keeps open. */
async function keptConnection(port: number): Promise<{ closed: Promise<void> }> {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  const answered = received(socket, /^HTTP\/1\.1 404 /);
  socket.write('GET /nothing-here HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await answered;
  return { closed };
}

const refusesConnections = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(false)).on('error', () => resolve(true));
    socket.on('connect', () => socket.destroy());
  });

test('kill -9: what was answered is in the log, to the last line', async () => {
  const server = await start();
  const { token_endpoint, ...client } = demoOf(server);
  for (let each = 0; each < 5; each += 1) await requestToken(token_endpoint, client);
  const { stderr } = await server.end('SIGKILL');
  expect(stderr.match(/"msg":"token issued"/g)).toHaveLength(5);
});

test('SIGTERM: a request half sent is answered, and then the process ends with 0', async () => {
  const server = await start();
  const { client_id, client_secret, token_endpoint } = demoOf(server);
  const { port, pathname } = new URL(token_endpoint);
  const body = `grant_type=client_credentials&client_id=${client_id}&client_secret=${client_secret}`;
  const socket = connect(Number(port), '127.0.0.1');
  const begun = received(socket, /^HTTP\/1\.1 100 Continue\r\n/);
  const type = 'application/x-www-form-urlencoded';
  // Expect: 100-continue, for then one knows when the server has begun with the request.
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n${body.slice(0, 30)}`,
  );
  await begun;
  const idle = await keptConnection(Number(port));
  const ended = server.end('SIGTERM');
  await expect.poll(() => refusesConnections(Number(port))).toBe(true);
  // An idle connection is closed at once, and does not delay the end.
  await idle.closed;
  const answered = received(socket, /\r\n\r\n\{.*\}$/s);
  socket.write(body.slice(30));
  const answer = await answered;
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toContain('"access_token"');
  expect(answer).toMatch(/^connection: close\r$/im);
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/"stopped"\}\n$/);
});

test('SIGINT ends it too, and what it noted last is written', async () => {
  const server = await start();
  const { client_id, token_endpoint, ...rest } = demoOf(server);
  // Uses are noted by the second.
  const began = Math.floor(Date.now() / 1000) * 1000;
  expect((await requestToken(token_endpoint, { client_id, ...rest })).status).toBe(200);
  const { code, stderr } = await server.end('SIGINT');
  expect(code).toBe(0);
  expect(stderr).toContain('"token issued"');

  const config = ['--config', join(data, 'tessera.yaml'), '--issuer', 'standard', '--output', 'json'];
  const { stdout } = await tessera(['client', 'secret', 'list', client_id, ...config]);
  const [secret] = JSON.parse(stdout) as { last_used_at: string }[];
  expect(Date.parse(secret?.last_used_at ?? '')).toBeGreaterThanOrEqual(began);
});

test('a second signal does not wait', async () => {
  const server = await start();
  const { token_endpoint } = demoOf(server);
  const { port, pathname } = new URL(token_endpoint);
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
  const begun = received(socket, /100 Continue/);
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\nabc`,
  );
  await begun;
  const ended = server.end('SIGTERM');
  await expect.poll(() => refusesConnections(Number(port))).toBe(true);
  server.end('SIGTERM');
  const { code, stderr } = await ended;
  // Killed by the signal, and not at its own end.
  expect(code).toBeNull();
  expect(stderr).not.toContain('"stopped"');
});
