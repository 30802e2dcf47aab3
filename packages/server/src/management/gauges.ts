// Gauges and counters of the parts of a server: read when the metrics are asked for, and not counted on the way.

import packageJson from '../../package.json' with { type: 'json' };
import { slowHashesComputed } from '../credentials/argon2id.ts';
import { slowHashesWaiting } from '../credentials/slow-hash.ts';
import { keyState } from '../keys/key-state.ts';
import type { Keyring } from '../keys/keyring.ts';
import { postgresOf } from '../store/sql/engine.ts';
import { retriesSoFar } from '../store/sql/transact.ts';
import type { SqlStore } from '../store/sql-store.ts';
import type { Registry } from '../telemetry/registry.ts';

interface Gauged {
  readonly store: Pick<SqlStore, 'db' | 'figures'>;
  readonly keyring: Pick<Keyring, 'list'>;
  /** Milliseconds. */
  readonly key_rotation: number;
}

export function addGauges(registry: Registry, gauged: Gauged): void {
  addKeys(registry, gauged);
  addMemory(registry, gauged);
  addDatabase(registry, gauged);
  const help = 'Slow hashes waiting for their turn, the one under way included.';
  registry.read({ name: 'tessera_slow_hashes_waiting', help, labels: ['kind'], merge: 'sum' }, () =>
    Object.entries(slowHashesWaiting()).map(([kind, count]) => [[kind], count]),
  );
  const hashes = { name: 'tessera_slow_hashes_total', help: 'Slow hashes computed.', labels: [] };
  registry.read({ ...hashes, type: 'counter', merge: 'sum' }, () => [[[], slowHashesComputed()]]);
  const labels = ['version', 'node', 'database'];
  const engine = postgresOf(gauged.store.db) === undefined ? 'sqlite' : 'postgresql';
  const build = { name: 'tessera_build_info', help: 'What is running; always 1.', labels };
  registry.read({ ...build, merge: 'max' }, () => [[[packageJson.version, process.version, engine], 1]]);
}

function addKeys(registry: Registry, { keyring, key_rotation }: Gauged): void {
  const keys = { name: 'tessera_signing_keys', help: 'Signing keys by their state.' };
  registry.read({ ...keys, labels: ['issuer', 'alg', 'state'], merge: 'max' }, () => {
    const now = Date.now();
    const counts = new Map<string, [labels: string[], count: number]>();
    for (const key of keyring.list()) {
      const labels = [key.issuer, key.alg, keyState(key, now)];
      const counted = counts.get(labels.join()) ?? [labels, 0];
      counts.set(labels.join(), [labels, counted[1] + 1]);
    }
    return counts.values();
  });
  const help = 'Seconds until another key signs, negative where it should have.';
  const rotation = { name: 'tessera_signing_key_rotation_seconds', help, labels: ['issuer', 'signs'] };
  registry.read({ ...rotation, merge: 'max' }, () => {
    const now = Date.now();
    const newest = new Map<string, [labels: string[], activates_at: number]>();
    for (const { issuer, sequence, activates_at } of keyring.list()) {
      const labels = [issuer, sequence > 0 ? 'access_token' : 'id_token'];
      const [, before] = newest.get(labels.join()) ?? [labels, 0];
      newest.set(labels.join(), [labels, Math.max(before, activates_at)]);
    }
    return [...newest.values()].map(([labels, activates_at]) => {
      const next = activates_at > now ? activates_at : activates_at + key_rotation;
      return [labels, (next - now) / 1000];
    });
  });
}

function addMemory(registry: Registry, { store }: Gauged): void {
  const clients = { name: 'tessera_clients_in_memory', help: 'Clients held in memory.', labels: [] };
  registry.read({ ...clients, merge: 'sum' }, () => [[[], store.figures().clients]]);
  const help = 'Tokens and grants on the deny-list.';
  const revocations = { name: 'tessera_denied_tokens', help, labels: [] };
  registry.read({ ...revocations, merge: 'max' }, () => [[[], store.figures().revoked]]);
}

/** A metric of one engine has no samples on the other. */
function addDatabase(registry: Registry, { store }: Gauged): void {
  const pool = postgresOf(store.db)?.pool;
  const help = 'Connections to PostgreSQL, beside the one that listens.';
  const connections = { name: 'tessera_database_connections', help, labels: ['state'] };
  registry.read({ ...connections, merge: 'sum' }, () =>
    pool === undefined
      ? []
      : [
          [['busy'], pool.totalCount - pool.idleCount],
          [['idle'], pool.idleCount],
        ],
  );
  const about = 'Statements and transactions that wait for a connection to PostgreSQL.';
  const waiting = { name: 'tessera_database_waiting', help: about, labels: [] };
  registry.read({ ...waiting, merge: 'sum' }, () => (pool === undefined ? [] : [[[], pool.waitingCount]]));
  const counter = { labels: [], type: 'counter', merge: 'sum' } as const;
  const groups = { name: 'tessera_commit_groups_total', help: 'Commits that writes of requests shared.' };
  const writes = { name: 'tessera_commit_group_writes_total', help: 'Writes in them.' };
  const commits = () => store.figures().commits;
  registry.read({ ...groups, ...counter }, () => [[[], commits().groups]]);
  registry.read({ ...writes, ...counter }, () => [[[], commits().writes]]);
  const retries = {
    name: 'tessera_database_retries_total',
    help: 'Tries that the database asked for again.',
  };
  registry.read({ ...retries, ...counter }, () => [[[], retriesSoFar()]]);
}
