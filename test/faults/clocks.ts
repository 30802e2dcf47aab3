// Clocks that step by an hour, and clocks of two nodes that are five seconds apart.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { type Seeded, seedDatabase } from '../../bench/src/rows/seeded.ts';
import { clientId, clientOfGrant, REDIRECT_URI, VERIFIER } from '../../bench/src/rows/seeding.ts';
import { makeTempDir, removeTempDir } from '../../bench/src/subjects/processes.ts';
import { tessera as program, root } from '../../bench/src/subjects/subjects.ts';
import { type Proof, scaled } from './proof.ts';
import { ask, type Credentials } from './support/http.ts';
import { Ledger } from './support/ledger.ts';
import { type Postgres, withPostgres } from './support/postgres.ts';
import { expectNoFaults, pause, startTessera, type Tessera, until } from './support/tessera.ts';

const hour = 3_600_000;
const day = 24 * hour;
const steps = [hour, 0, -hour, 0];
const loadMs = 4000;
const apartMs = 5000;
/** Clients and codes that are not in the ledger's load. */
const amounts = { clients: 50, grants: 200, codes: 20_000 };

/** A clock in a file, and how to load it into a process. */
class WrongClock {
  readonly #file: string;
  offset = 0;

  constructor(folder: string, name: string) {
    this.#file = join(folder, name);
    this.set(0);
  }

  set(offset: number): void {
    this.offset = offset;
    writeFileSync(this.#file, String(offset));
  }

  get preload() {
    return { module: join(import.meta.dirname, 'support/wrong-clock.ts'), env: { WRONG_CLOCK: this.#file } };
  }
}

export const clockSteps: Proof = {
  name: 'clock-steps',
  async run(circumstances) {
    const data = makeTempDir();
    const ledger = await Ledger.open({ data });
    makeOlder(data);
    const clock = new WrongClock(data, 'clock');
    const server = await startTessera({ data }, { workers: 2, preload: clock.preload });
    try {
      for (const [index, step] of [0, ...steps].entries()) {
        clock.set(step);
        ledger.offset = step;
        await pause(100);
        ledger.start([server.origin]);
        await pause(scaled(loadMs, circumstances) / 2);
        const leases = server.leases();
        await replaceWorkers(server);
        await pause(scaled(loadMs, circumstances) / 2);
        await ledger.stop();
        await ledger.check();
        // Before the first step it is still that of a worker which was killed.
        if (index > 0 && server.leases() === leases)
          throw new Error(`at ${step / hour} h nobody took the lease of maintenance`);
      }
      expectNoFaults(server);
      return `${steps.length} steps of an hour, ${ledger.told}`;
    } finally {
      await server.kill();
      removeTempDir(data);
    }
  },
};

/** As if the database had been there for a day: what is younger than a step ends with it. */
function makeOlder(data: string): void {
  const database = new DatabaseSync(join(data, 'tessera.db'));
  database.exec(`update clients set created_at = created_at - ${day};
    update signing_keys set published_at = published_at - ${day}, activates_at = activates_at - ${day}`);
  database.close();
}

/** New ones read by their clock what memory holds, and sweep what is over. */
async function replaceWorkers({ workers }: Tessera): Promise<void> {
  const old = [...workers];
  for (const pid of old) process.kill(pid, 'SIGKILL');
  await until(
    'the workers are replaced',
    15_000,
    () => workers.size === old.length && !old.some((pid) => workers.has(pid)),
  );
}

export const clocksApart: Proof = {
  name: 'clocks-apart',
  run: (circumstances) =>
    withPostgres(async (postgres) => {
      const data = makeTempDir();
      const place = { data, database: postgres.url };
      const ledger = await Ledger.open(place);
      const seeded = await seedDatabase(place, amounts);
      const clock = new WrongClock(data, 'clock');
      clock.set(apartMs);
      const nodes: Tessera[] = [];
      try {
        const right = await startTessera(place, { workers: 1 });
        nodes.push(right);
        const ahead = await startTessera(place, { workers: 1, preload: clock.preload });
        nodes.push(ahead);
        ledger.start(nodes.map(({ origin }) => origin));
        const checked = await rotateKey(ahead, right, clock, seeded);
        await pause(scaled(loadMs, circumstances));
        await ledger.stop();
        await ledger.check();
        await expectLifetimes(postgres, right, ahead, seeded);
        nodes.forEach(expectNoFaults);
        return `${ledger.told}; ${checked} tokens of one node verified by the other around a rotation of the key`;
      } finally {
        for (const node of nodes) await node.kill();
        removeTempDir(data);
      }
    }),
};

/** Rotates the key by the clock that is ahead; until both sign with the new one, each knows what the other signs. */
async function rotateKey(
  ahead: Tessera,
  right: Tessera,
  { preload }: WrongClock,
  seeded: Seeded,
): Promise<number> {
  const args = [
    'key',
    'rotate',
    '--now',
    '--issuer',
    'standard',
    '--config',
    ahead.config,
    '--output',
    'json',
  ];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', preload.module, program, ...args],
    {
      cwd: root,
      env: { PATH: process.env.PATH, ...preload.env },
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`tessera key rotate: ${stderr}`);
  const [{ kid = '' } = {}] = JSON.parse(stdout) as { kid?: string }[];
  let checked = 0;
  await until('both sign with the new key', 3 * apartMs, async () => {
    const of: unknown[] = [];
    for (const [issuing, other] of [
      [ahead, right],
      [right, ahead],
    ] as const) {
      const client = { client_id: clientId(1), client_secret: seeded.secret(1) };
      const { json } = await ask(`${issuing.origin}/oauth2/token`, {
        client,
        body: { grant_type: 'client_credentials' },
      });
      const token = String(json.access_token);
      of.push(decodeProtectedHeader(token).kid);
      await expectKnown(token, client, other);
      checked += 1;
    }
    return of.every((each) => each === kid);
  });
  return checked;
}

async function expectKnown(token: string, client: Credentials, node: Tessera): Promise<void> {
  const { json } = await ask(`${node.origin}/oauth2/introspect`, { client, body: { token } });
  if (json.active !== true) throw new Error('a token of one node is not active at the other');
  const keys = (await ask(`${node.origin}/oauth2/jwks`)).json as unknown as JSONWebKeySet;
  await jwtVerify(token, createLocalJWKSet(keys));
}

/** A code that ends within the five seconds is over where the clock is ahead, and good where it is right. */
async function expectLifetimes(
  postgres: Postgres,
  right: Tessera,
  ahead: Tessera,
  seeded: Seeded,
): Promise<void> {
  const number = amounts.codes;
  const code = seeded.code(number);
  await postgres.query(`update grants set code_expires_at = ${Date.now() + apartMs / 2}
    where code_state = 'issued' and id like 'code-%${number}A'`);
  const client = clientOfGrant(number, amounts.clients);
  const credentials = { client_id: clientId(client), client_secret: seeded.secret(client) };
  const body = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
  };
  const statuses: number[] = [];
  for (const { origin } of [ahead, right])
    statuses.push((await ask(`${origin}/oauth2/token`, { client: credentials, body })).status);
  if (statuses.join() !== '400,200') throw new Error(`a code that is about to end: ${statuses.join(', ')}`);
}
