// A million malformed requests to every public endpoint: none is answered by a 5xx, no process ends, memory stays flat.

import { freePort } from '../support/free-port.ts';
import { type Circumstances, type Proof, scaled } from './proof.ts';
import { type Tessera, withTessera } from './support/folder.ts';
import { malformed } from './support/malformed.ts';
import { sendAll, type Tally } from './support/pipelines.ts';
import { explore } from './support/places.ts';
import { Random } from './support/random.ts';
import { createUser, issuers, registerApps } from './support/use.ts';
import type { Known } from './support/values.ts';

const requests = 1_000_000;
/** After each of them memory is measured, and what the requests are made of is got anew. */
const parts = 10;
const brokenShare = 0.1;
/** Of a hundred requests, those to the management listener. */
const toManagement = 1;
/**
 * Bytes by which all processes together may grow over the second half: caches are still filling up to their bounds; a dozen bytes kept of each request would be more.
 */
const growthAllowed = 6 * 1024 * 1024;

export const malformedRequests: Proof = {
  name: 'malformed-requests',
  async run(circumstances) {
    const management = await freePort();
    const config = { issuers, management: { port: management }, trust_proxy: ['127.0.0.1'] };
    return withTessera({ config }, (server) => attack(server, management, circumstances));
  },
};

async function attack(server: Tessera, management: number, circumstances: Circumstances): Promise<string> {
  const apps = await registerApps(server);
  const before = server.pids().join();
  const [total, heaps]: [Tally[], number[]] = [[], []];
  for (let part = 0; part < parts; part += 1) {
    // Someone new, somewhere else: the requests before are guesses at who was there, and the limiter counted them.
    const user = await createUser(server, `ann-${part}@example.com`);
    const known = await explore(server, apps, user, `10.${part}.0.1`);
    const seed = circumstances.seed + part;
    const count = scaled(requests / parts, circumstances);
    const here = Math.ceil((count * toManagement) / 100);
    const many = { port: server.port, connections: 64, depth: 8, next: supply(seed, known, count - here) };
    const few = { port: management, connections: 4, depth: 2, next: supply(-seed, health(known), here) };
    total.push(...(await Promise.all([sendAll(many), sendAll(few)])));
    const failure = total.flatMap(({ failures }) => failures)[0];
    if (failure !== undefined) throw new Error(`${failure} (--seed ${circumstances.seed})`);
    heaps.push(await server.heap());
  }
  if (server.pids().join() !== before) throw new Error('a process ended');
  if (server.errors().length > 0) throw new Error(`the log has ${JSON.stringify(server.errors()[0])}`);
  return figureOf(total, heaps, circumstances.seed);
}

function figureOf(total: readonly Tally[], heaps: readonly number[], seed: number): string {
  const growth = (heaps.at(-1) ?? 0) - (heaps[parts / 2 - 1] ?? 0);
  const mb = (growth / 1024 / 1024).toFixed(1);
  if (growth > growthAllowed) throw new Error(`memory grew by ${mb} MB over the second half`);
  const sent = total.reduce((sum, each) => sum + each.sent, 0);
  const classes = new Map<string, number>();
  for (const [status, count] of total.flatMap(({ statuses }) => [...statuses])) {
    const kind = `${Math.floor(status / 100)}xx`;
    classes.set(kind, (classes.get(kind) ?? 0) + count);
  }
  const answers = [...classes].toSorted().map(([kind, count]) => `${count} ${kind}`);
  return `${sent} requests, seed ${seed}: ${answers.join(', ')}, 0 5xx; memory ${mb} MB over the second half`;
}

function supply(seed: number, known: Known, count: number) {
  const random = new Random(seed);
  let left = count;
  return () => (left-- > 0 ? malformed(random, known, brokenShare) : undefined);
}

const health = (known: Known): Known => ({
  ...known,
  places: ['/health/live', '/health/ready', '/metrics', '/'].map((path) => ({
    path,
    method: 'GET',
    parameters: { x: ['y'] },
  })),
});
