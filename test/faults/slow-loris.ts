// Five thousand connections that send their requests byte by byte, or nothing: others are answered as they were before,
// and the server hangs up on each in time.

import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { busyMachine, type Circumstances, type Proof, scaled } from './proof.ts';
import { type Tessera, withTessera } from './support/folder.ts';
import type { SlowState } from './support/slow-clients.ts';
import { asFastAsPossible, atPace, Connections, formRequest, median, p99 } from './support/traffic.ts';
import { issuers, registerApps } from './support/use.ts';

const connections = 5000;
const rounds = 6;
/** Seconds; the timeout of requests, after which there is a wave of new connections, falls into each. */
const window = 15;
/** Of what the server can do, so that what is measured is not a queue of its own. */
const share = 0.1;
const timeoutMs = 10_000;
/** What a busy machine may add. */
const lateMs = 2000;

export const slowLoris: Proof = {
  name: 'slow-loris',
  run: (circumstances) =>
    withTessera({ config: { issuers } }, async (server) => {
      const program = join(import.meta.dirname, 'support/slow-clients.ts');
      const children = [fork(program, [String(server.port)]), fork(program)] as const;
      const [slow, elsewhere] = children.map(slowClients) as [SlowClients, SlowClients];
      try {
        return await compare(server, slow, elsewhere, circumstances);
      } finally {
        for (const child of children) child.kill('SIGKILL');
      }
    }),
};

type SlowClients = ReturnType<typeof slowClients>;

/** With as many slow connections `elsewhere` meanwhile: their own work is on the same cores, and no matter of the server. */
async function compare(
  server: Tessera,
  slow: SlowClients,
  elsewhere: SlowClients,
  circumstances: Circumstances,
): Promise<string> {
  const many = Math.min(connections, openFiles() - 1000);
  const [app] = await registerApps(server);
  const authorization = `Basic ${Buffer.from(`${app?.client_id}:${app?.client_secret}`).toString('base64')}`;
  const request = formRequest('/oauth2/token', authorization, { grant_type: 'client_credentials' });
  const normal = new Connections(server.port, 32);
  const ask = async () => {
    const { status, body } = await normal.ask(request);
    if (status !== 200) throw new Error(`a normal request got ${status} ${body}`);
  };
  const pace = share * (await asFastAsPossible(3, 32, ask));
  const measure = async () => p99((await atPace(pace, window, window, ask))[0] ?? []);
  const [without, beside]: [number[], number[]] = [[], []];
  // A median of fewer is a figure of whatever else the machine did.
  const count = Math.max(3, scaled(rounds, circumstances));
  for (let round = 0; round < count; round += 1) {
    await elsewhere.keep(many);
    without.push(await measure());
    await elsewhere.keep(0);
    await slow.keep(many);
    beside.push(await measure());
    if (slow.state().open < many / 2) throw new Error(`only ${slow.state().open} slow connections are open`);
    await slow.keep(round === count - 1 ? many : 0);
  }
  await slow.drain();
  normal.close();
  const { closed, oldest } = slow.state();
  const [before, after] = [median(without), median(beside)];
  const busy = busyMachine();
  const figure =
    `p99 ${after.toFixed(1)} ms beside ${many} slow connections, ${before.toFixed(1)} ms with them elsewhere${busy}, ` +
    `at ${Math.round(pace)} requests a second; ${closed} hung up on, after ${(oldest / 1000).toFixed(1)} s at most` +
    (many < connections ? ' (no more open files are allowed here)' : '');
  if (after > 2 * before && busy === '') throw new Error(figure);
  if (oldest > timeoutMs + lateMs) throw new Error(figure);
  if (server.errors().length > 0) throw new Error(`the log has ${JSON.stringify(server.errors()[0])}`);
  return figure;
}

function slowClients(child: ChildProcess) {
  let state: SlowState = { open: 0, closed: 0, oldest: 0 };
  child.on('message', (message) => {
    state = message as SlowState;
  });
  const until = async (what: string, reached: () => boolean) => {
    for (const start = performance.now(); !reached(); ) {
      if (performance.now() - start > 30_000) throw new Error(`${what}: ${JSON.stringify(state)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  return {
    state: () => state,
    keep: (count: number) => {
      child.send(count);
      return until(`${count} slow connections`, () =>
        count === 0 ? state.open === 0 : state.open >= 0.95 * count,
      );
    },
    /** Until the server has hung up on all of them. */
    drain: () => {
      child.send('drain');
      return until('the server does not hang up', () => state.open === 0);
    },
  };
}

/** That a process here may have. */
const openFiles = (): number => {
  const said = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout.trim();
  return said === 'unlimited' ? Number.POSITIVE_INFINITY : Number(said);
};
