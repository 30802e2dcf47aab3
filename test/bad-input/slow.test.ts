// Clients that take their time, or send more than is read: the connection does not stay theirs.

import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type Answer, expectRefusal } from '../support/answers.ts';
import { urlOf } from '../support/endpoints.ts';
import { untilClosed } from '../support/raw-http.ts';
import { steadfastServer } from './steadfast-server.ts';

const steadfast = steadfastServer({ request_timeout: '1s' });
const head = (...headers: string[]) => {
  const { pathname } = new URL(urlOf(steadfast.server, 'standard', 'token'));
  const type = 'Content-Type: application/x-www-form-urlencoded';
  return [`POST ${pathname} HTTP/1.1`, 'Host: x', type, ...headers, '\r\n'].join('\r\n');
};

// Without a limit in time, a few thousand such connections would be all that a server has (“slowloris”).
test.concurrent.each<[what: string, bytes: () => string]>([
  ['a head that never ends', () => head().slice(0, -4)],
  ['a request line that never ends', () => 'POST /oauth2/tok'],
  ['a connection on which nothing comes', () => ''],
  ['a body that never ends', () => `${head('Content-Length: 100')}grant_type=`],
  ['a chunk that never ends', () => `${head('Transfer-Encoding: chunked')}20\r\ngrant_type=`],
  ['a chunk that never comes', () => `${head('Transfer-Encoding: chunked')}1\r\na\r\n`],
])('%s', async (_what, bytes) => {
  const { answers, closed, ms } = await untilClosed(steadfast.server.port, bytes());
  expect(closed).toBe(true);
  expect(answers).toHaveLength(1);
  expectRefusal(answers[0] as Answer, { status: 408 });
  expect(ms).toBeGreaterThan(900);
});

// A second answer on the connection would be taken for the answer to the next request.
test.concurrent.each<[what: string, bytes: () => string]>([
  ['a length', () => `${head('Content-Length: 1000000000')}a`],
  ['chunks', () => `${head('Transfer-Encoding: chunked')}10001\r\n${'a'.repeat(0x10001)}\r\n`],
])(
  'a body too large by its %s gets one answer, and the rest of it is not waited for',
  async (_what, bytes) => {
    const { answers, closed } = await untilClosed(steadfast.server.port, bytes());
    expect(closed).toBe(true);
    expect(answers.map(({ status }) => status)).toEqual([413]);
    expect(answers[0]?.headers.connection).toBe('close');
  },
);

/** Whether the server lets go of a connection that its client keeps open: then what is still sent meets nobody. */
const isLetGo = (port: number, bytes: string, patience = 8000) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const sending = setInterval(() => socket.write('a'), 100);
    const finish = (letGo: boolean) => {
      clearInterval(sending);
      clearTimeout(late);
      socket.destroy();
      resolve(letGo);
    };
    const late = setTimeout(() => finish(false), patience);
    socket.on('error', () => {}).on('close', () => finish(true));
    socket.resume().write(bytes);
  });

// An answer and the end of the server's own half are not enough: a client that never ends its half would stay.
test.concurrent.each<[what: string, bytes: () => string]>([
  ['a head that never ends', () => head().slice(0, -4)],
  ['a body that never ends', () => head('Content-Length: 1000')],
  ['a body too large', () => head('Content-Length: 1000000000')],
  ['words', () => 'hello\r\n\r\n'],
])('a client that does not hang up is hung up on, after %s', async (_what, bytes) => {
  expect(await isLetGo(steadfast.server.port, bytes())).toBe(true);
});
