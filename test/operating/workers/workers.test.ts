// tessera start --workers: one port, several processes; what dies is replaced, and none of it is seen from outside.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import {
  cleanUp,
  expectMistake,
  type Project,
  project,
  type Served,
  serve,
  tessera,
} from '../../command-line/program.ts';
import { ask, type Credentials, requestToken } from '../../command-line/requests.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually } from '../../support/server.ts';
import { type Connection, connectToEach } from './connections.ts';

const issuers = [{ name: 'main', location: '/' }];
const partners = { name: 'partners', location: '/partners' };

let place: Project;
let port: number;
let server: Served;
let client: Credentials;

const configure = (config: Record<string, unknown> = {}) =>
  writeFile(place.file, stringify({ listen: { port }, data: 'data', issuers, ...config }));
const start = (count: string) => serve(['start', '--workers', count], { cwd: place.folder });
const token = () => requestToken(`${server.json.origin}/oauth2/token`, client);
const logged = (message: string) =>
  server
    .stderr()
    .split('\n')
    .filter((line) => line.includes(`"msg":"${message}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
/** Those of the start; the log is written a moment after the line that tells of it. */
async function firstWorkers(): Promise<number[]> {
  await eventually(() => logged('supervising').length === 1);
  return logged('supervising').flatMap(({ workers }) => workers as number[]);
}
const pidsNow = () => logged('workers renewed').at(-1)?.workers as number[];

beforeAll(async () => {
  place = await project();
  port = await freePort();
  await configure();
  await place.json(['migrate']);
  client = await place.json(['client', 'create']);
});
afterAll(cleanUp);

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Asks for tokens on new connections until told to stop; gives how each request ended. */
function traffic(): () => Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  let going = true;
  const ask = async () => {
    while (going) {
      const end = await token().then(
        ({ status }) => String(status),
        (error: Error) => error.message,
      );
      ends[end] = (ends[end] ?? 0) + 1;
    }
  };
  const all = Promise.all(Array.from({ length: 8 }, ask));
  return async () => {
    going = false;
    await all;
    return ends;
  };
}

describe('two workers', () => {
  beforeAll(async () => {
    server = await start('2');
  });
  afterEach(() => configure());

  test('one line tells that they listen, and both answer', async () => {
    expect(server.stdout().trim().split('\n')).toHaveLength(1);
    expect(server.json.issuers).toEqual([{ name: 'main', issuer: server.json.origin }]);
    for (const connection of await connectToEach(server.json.origin, 2)) {
      expect(
        (await connection.ask('/oauth2/token', client, { grant_type: 'client_credentials' })).status,
      ).toBe(200);
      connection.close();
    }
  });

  test('the log is whole lines, which name their process', async () => {
    await Promise.all(Array.from({ length: 200 }, token));
    await eventually(() => logged('token issued').length >= 200);
    const lines = server
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(lines.map(({ pid }) => pid)).size).toBe(3);
  });

  test('one that is killed is replaced, and the other goes on', async () => {
    const [victim = 0] = await firstWorkers();
    process.kill(victim, 'SIGKILL');
    await eventually(() => logged('worker died').length === 1);
    expect(logged('worker died')[0]).toMatchObject({ worker: victim, signal: 'SIGKILL' });
    expect((await token()).status).toBe(200);
    await eventually(() => logged('worker started').length === 3, 10_000);
    for (const connection of await connectToEach(server.json.origin, 2)) connection.close();
  });

  test('one that no longer does anything is not waited for: the others get its share', async () => {
    const stuck = logged('worker started').at(-1)?.worker as number;
    process.kill(stuck, 'SIGSTOP');
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => Promise.race([token().then(({ status }) => status), pause(3000)])),
    );
    process.kill(stuck, 'SIGCONT');
    // The one connection that it has been given already.
    expect(answers.filter((status) => status !== 200).length).toBeLessThanOrEqual(1);
  });

  test('failed attempts are counted by all: no worker is another chance', async () => {
    const wrong = { client_id: 'nobody', client_secret: 'wrong' };
    const connections = await connectToEach(server.json.origin, 2);
    const form = { grant_type: 'client_credentials' };
    const [one, two] = connections as [Connection, Connection];
    for (let count = 0; count < 10; count += 1)
      expect((await one.ask('/oauth2/token', wrong, form)).status).toBe(401);
    await eventually(async () => (await two.ask('/oauth2/token', wrong, form)).status === 429);
    for (const connection of connections) connection.close();
  });

  test('a connection that it was given and has not taken is closed when it dies: nobody waits for it', async () => {
    const stuck = logged('worker started').at(-1)?.worker as number;
    process.kill(stuck, 'SIGSTOP');
    const jwks = `${server.json.origin}/oauth2/jwks`;
    const closed = Array.from({ length: 6 }, () =>
      ask(jwks).then(
        () => false,
        () => true,
      ),
    );
    await pause(500);
    process.kill(stuck, 'SIGKILL');
    const ended = await Promise.race([Promise.all(closed), pause(3000)]);
    expect(ended?.filter(Boolean)).toHaveLength(1);
    await eventually(() => logged('worker started').length === 4, 10_000);
  });

  test('SIGHUP puts new ones in their place, with the configuration as it is now, and no request fails', async () => {
    await configure({ issuers: [...issuers, partners] });
    const stop = traffic();
    process.kill(server.json.pid, 'SIGHUP');
    await eventually(() => logged('workers renewed').length === 1, 15_000);
    const ends = await stop();
    expect(Object.keys(ends)).toEqual(['200']);
    expect((await fetch(`${server.json.origin}/partners/oauth2/jwks`)).status).toBe(200);
    expect(pidsNow()).toHaveLength(2);
    const before = await firstWorkers();
    expect(before.filter(isAlive)).toEqual([]);
  });

  test('SIGHUP with a configuration that is wrong changes nothing', async () => {
    const before = pidsNow();
    await configure({ listen: { prot: 1 } });
    process.kill(server.json.pid, 'SIGHUP');
    await eventually(() => logged('workers not renewed').length === 1, 5000);
    expect(JSON.stringify(logged('workers not renewed'))).toContain('listen.prot: unknown key');
    expect(before.filter(isAlive)).toEqual(before);
    expect((await token()).status).toBe(200);
  });

  test('SIGTERM ends them all, and the supervisor with 0', async () => {
    const { code, stderr } = await server.end('SIGTERM');
    expect(code).toBe(0);
    expect(pidsNow().filter(isAlive)).toEqual([]);
    expect(stderr.match(/"stopped"/g)?.length).toBeGreaterThanOrEqual(3);
  });
});

const pause = (ms: number) => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined));

test('without their supervisor they end too', async () => {
  server = await start('2');
  await firstWorkers();
  // Ends when nobody writes to its stderr any more, and that is theirs too.
  expect((await server.end('SIGKILL')).code).toBeNull();
});

test('the number of workers may be in the configuration, and auto is one for each core', async () => {
  await configure({ workers: 'auto' });
  server = await place.start();
  expect(await firstWorkers()).toHaveLength(availableParallelism());
  await server.end();
  await configure();
});

test('a port in use is told once, in one line', async () => {
  const occupied = createServer();
  await new Promise<void>((resolve) => occupied.listen(port, '127.0.0.1', resolve));
  const finished = await place.run(['start', '--workers', '2']);
  occupied.close();
  expectMistake(finished, new RegExp(`^tessera: port ${port} on 127.0.0.1 is in use`));
});

test.each(['0', '257', '1.5', 'all'])('--workers %s is a mistake', async (count) => {
  expectMistake(await tessera(['start', '--workers', count]), /--workers.*from 1 to 256, or auto/);
});
