// tessera start --workers: one port, several processes; what dies is replaced, and none of it is seen from outside.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { expectRefusal } from '../../command-line/in-process.ts';
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
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { type Connection, connectToEach } from './connections.ts';

const issuers = [{ name: 'main', location: '/' }];
const clientCredentials = { grant_type: 'client_credentials' };
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
/** The workers that take connections. */
const alive = () =>
  logged('worker started').flatMap(({ worker }) => (isAlive(worker as number) ? [worker as number] : []));
const untilTwoAreAlive = () => eventually(() => alive().length === 2);

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

/**
 * Asks for tokens on new connections until told to stop; gives how each request ended. With pauses: what is asked for all
 * the time leaves new workers no processor to start on.
 */
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
      await pause(10);
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
  beforeEach(untilTwoAreAlive);
  afterEach(() => configure());
  afterAll(() => server.end());

  test('one line tells that they listen, and both answer', async () => {
    expect(server.stdout().trim().split('\n')).toHaveLength(1);
    expect(server.json.issuers).toEqual([{ name: 'main', issuer: server.json.origin }]);
    for (const connection of await connectToEach(server.json.origin, 2)) {
      const { status } = await connection.ask('/oauth2/token', client, clientCredentials);
      expect(status).toBe(200);
      connection.close();
    }
  });

  test('the log is whole lines, which name their process', async () => {
    const before = logged('token issued').length;
    await Promise.all(Array.from({ length: 200 }, token));
    await eventually(() => logged('token issued').length >= before + 200);
    const lines = server
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const pids = new Set(lines.map(({ pid }) => pid));
    expect([...pids]).toEqual(expect.arrayContaining([server.json.pid, ...alive()]));
  });

  test('one that is killed is replaced, and the other goes on', async () => {
    const [victim = 0] = alive();
    process.kill(victim, 'SIGKILL');
    const death = () => logged('worker died').find(({ worker }) => worker === victim);
    await eventually(() => death() !== undefined);
    expect(death()).toMatchObject({ signal: 'SIGKILL' });
    expect((await token()).status).toBe(200);
    await untilTwoAreAlive();
    for (const connection of await connectToEach(server.json.origin, 2)) connection.close();
  });

  test('one that no longer does anything is not waited for: the others get its share', async () => {
    const [stuck = 0] = alive();
    process.kill(stuck, 'SIGSTOP');
    let answered = 0;
    const asked = Array.from({ length: 6 }, async () => {
      const { status } = await ask(`${server.json.origin}/oauth2/jwks`);
      answered += 1;
      return status;
    });
    // All but the one connection that it may have been given already.
    await eventually(() => answered >= 5);
    process.kill(stuck, 'SIGCONT');
    expect(await Promise.all(asked)).toEqual(Array(6).fill(200));
  });

  test('failed attempts are counted by all: no worker is another chance', async () => {
    const imported = ['client', 'create', '--issuer', 'main', '--secret-stdin', '--config', place.file];
    expect(await tessera(imported, { cwd: place.folder, input: 'correct horse' })).toMatchObject({ code: 0 });
    const wrong = { client_id: 'nobody', client_secret: 'wrong' };
    const connections = await connectToEach(server.json.origin, 2);
    const [one, two] = connections as [Connection, Connection];
    const guess = async (by: Connection) => (await by.ask('/oauth2/token', wrong, clientCredentials)).status;
    // Until the worker knows that its issuer has a secret that can be guessed, and has judged ten guesses.
    await eventually(async () => (await guess(one)) === 429);
    expect(await guess(two)).toBe(429);
    for (const connection of connections) connection.close();
  });

  test('a connection that it was given and has not taken is closed when it dies: nobody waits for it', async () => {
    const [stuck = 0] = alive();
    process.kill(stuck, 'SIGSTOP');
    const ends: string[] = [];
    const asked = Array.from({ length: 6 }, async () => {
      const end = await ask(`${server.json.origin}/oauth2/jwks`).then(
        () => 'answered',
        () => 'closed',
      );
      ends.push(end);
    });
    await eventually(() => ends.length === 5);
    process.kill(stuck, 'SIGKILL');
    await Promise.all(asked);
    expect(ends).toEqual([...Array(5).fill('answered'), 'closed']);
  });

  test('SIGHUP puts new ones in their place, with the configuration as it is now, and no request fails', async () => {
    const [before, renewals] = [alive(), logged('workers renewed').length];
    await configure({ issuers: [...issuers, partners] });
    const stop = traffic();
    process.kill(server.json.pid, 'SIGHUP');
    await eventually(() => logged('workers renewed').length === renewals + 1);
    const ends = await stop();
    expect(Object.keys(ends)).toEqual(['200']);
    expect((await fetch(`${server.json.origin}/partners/oauth2/jwks`)).status).toBe(200);
    expect(logged('workers renewed').at(-1)?.workers).toHaveLength(2);
    expect(before.filter(isAlive)).toEqual([]);
  });

  test('SIGHUP with a configuration that is wrong changes nothing', async () => {
    const before = alive();
    await configure({ listen: { prot: 1 } });
    process.kill(server.json.pid, 'SIGHUP');
    await eventually(() => logged('workers not renewed').length === 1);
    expect(JSON.stringify(logged('workers not renewed'))).toContain('listen.prot: unknown key');
    expect(alive()).toEqual(before);
    expect((await token()).status).toBe(200);
  });
});

test('SIGTERM ends them all, and the supervisor with 0', async () => {
  server = await start('2');
  await untilTwoAreAlive();
  const workers = alive();
  const { code, stderr } = await server.end('SIGTERM');
  expect(code).toBe(0);
  expect(workers.filter(isAlive)).toEqual([]);
  expect(stderr.match(/"stopped"/g)).toHaveLength(3);
});

test('without their supervisor they end too', async () => {
  server = await start('2');
  await untilTwoAreAlive();
  // Ends when nobody writes to its stderr any more, and that is theirs too.
  expect((await server.end('SIGKILL')).code).toBeNull();
});

test('the number of workers may be in the configuration, and auto is one for each core', async () => {
  await configure({ workers: 'auto' });
  server = await place.start();
  await eventually(() => alive().length === availableParallelism());
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
  await expectRefusal(['start', '--workers', count], /--workers.*from 1 to 256, or auto/);
});
