// The metrics that a server updates while it works: requests, signatures, the feed of changes, the process itself. No
// label ever has a value that a client sent.

import { performance } from 'node:perf_hooks';
import { observe, Registry, type Snapshot } from './registry.ts';

/** Seconds. */
const requestBounds = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const signingBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];
const feedBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export interface Metrics {
  readonly registry: Registry;
  readonly requests: RequestMetrics;
  readonly signing: SigningMetrics;
  readonly feed: FeedMetrics;
  /** To be called after each round of maintenance. */
  maintained(): void;
  snapshot(): Snapshot;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const requests = requestMetrics(registry);
  const signing = signingMetrics(registry);
  const feed = feedMetrics(registry);
  const maintained = maintenanceMetrics(registry);
  addProcess(registry);
  return { registry, requests, signing, feed, maintained, snapshot: () => registry.snapshot() };
}

interface Underway {
  readonly started: number;
  grant_type: string;
  result: string;
  reason: string;
}

export type RequestMetrics = ReturnType<typeof requestMetrics>;

/** A request is known by its id; the audit adds what it learns until the request is answered. */
function requestMetrics(registry: Registry) {
  const underway = new Map<string, Underway>();
  const labels = ['issuer', 'endpoint', 'grant_type', 'result', 'reason'];
  const total = registry.counter('tessera_requests_total', 'Requests answered.', labels);
  const help = 'Seconds from a request read to its answer written.';
  const duration = registry.histogram('tessera_request_duration_seconds', help, requestBounds, ['endpoint']);
  const inFlight = { name: 'tessera_requests_in_flight', help: 'Requests being answered.', labels: [] };
  registry.read({ ...inFlight, merge: 'sum' }, () => [[[], underway.size]]);
  const reused = registry.counter('tessera_tokens_reused_total', 'Tokens given again.', ['issuer']);
  return {
    underway: (): number => underway.size,
    begin(id: string): void {
      if (!underway.has(id))
        underway.set(id, { started: performance.now(), grant_type: '', result: 'ok', reason: '' });
    },
    granted(id: string, grant_type: string): void {
      const request = underway.get(id);
      if (request !== undefined) request.grant_type = grant_type;
    },
    reused(issuer: string): void {
      reused(issuer).value += 1;
    },
    /** Only the first refusal of a request counts: a second one follows from it. */
    refused(id: string, error: string, reason: string, grant_type = ''): void {
      const request = underway.get(id);
      if (request === undefined || request.reason !== '') return;
      Object.assign(request, { result: error, reason, grant_type });
    },
    end(id: string, issuer: string, endpoint: string): void {
      const request = underway.get(id);
      if (request === undefined) return;
      underway.delete(id);
      total(issuer, endpoint, request.grant_type, request.result, request.reason).value += 1;
      observe(duration(endpoint), (performance.now() - request.started) / 1000);
    },
    /** Bytes that never became a request. */
    unreadable(reason: string): void {
      total('', 'none', '', 'invalid_request', reason).value += 1;
    },
  };
}

export type SigningMetrics = ReturnType<typeof signingMetrics>;

function signingMetrics(registry: Registry) {
  const underway = new Map<string, { count: number }>();
  const help = 'Seconds from asking for a signature to having it, the wait for a thread included.';
  const duration = registry.histogram('tessera_signing_duration_seconds', help, signingBounds, ['alg']);
  const about = 'Signatures under way, or waiting for a thread.';
  const inFlight = { name: 'tessera_signing_in_flight', help: about, labels: ['alg'] };
  registry.read({ ...inFlight, merge: 'sum' }, () => [...underway].map(([alg, { count }]) => [[alg], count]));
  /** For the keys of one algorithm: called before and after each signature. */
  return (alg: string) => {
    const histogram = duration(alg);
    const held = underway.get(alg) ?? { count: 0 };
    underway.set(alg, held);
    return {
      begin(): number {
        held.count += 1;
        return performance.now();
      },
      end(started: number): void {
        held.count -= 1;
        observe(histogram, (performance.now() - started) / 1000);
      },
    };
  };
}

type FeedMetrics = ReturnType<typeof feedMetrics>;

function feedMetrics(registry: Registry) {
  let readAt = performance.now();
  const age = () => (performance.now() - readAt) / 1000;
  const help = 'Seconds from a change, by the clock of the server that made it, to when it held here.';
  const lag = registry.histogram('tessera_feed_lag_seconds', help, feedBounds)();
  const about = 'Seconds since changes were last read and applied.';
  registry.read({ name: 'tessera_feed_age_seconds', help: about, labels: [], merge: 'max' }, () => [
    [[], age()],
  ]);
  return {
    age,
    /** To be called when changes have been applied; `at`: when each was made, in epoch milliseconds, where it says so. */
    applied(changes: readonly { readonly at?: number }[]): void {
      readAt = performance.now();
      for (const { at } of changes) if (at !== undefined) observe(lag, Math.max(0, Date.now() - at) / 1000);
    },
  };
}

function maintenanceMetrics(registry: Registry): () => void {
  let at: number | undefined;
  const name = 'tessera_maintenance_last_success_timestamp_seconds';
  const help = 'When keys and tables were last seen to.';
  registry.read({ name, help, labels: [], merge: 'max' }, () => (at === undefined ? [] : [[[], at]]));
  return () => {
    at = Math.floor(Date.now() / 1000);
  };
}

/** Under the customary names of Prometheus, where there are such. */
function addProcess(registry: Registry): void {
  const counter = { type: 'counter', merge: 'sum' } as const;
  const add = (
    described: { name: string; help: string; merge: 'sum' | 'max'; type?: 'counter' | 'gauge' },
    value: () => number,
  ) => registry.read({ labels: [], ...described }, () => [[[], value()]]);
  add({ name: 'tessera_processes', help: 'Processes that these figures are of.', merge: 'sum' }, () => 1);
  const cpu = { name: 'process_cpu_seconds_total', help: 'Seconds of CPU, user and system.' };
  add({ ...cpu, ...counter }, () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  const memory = { name: 'process_resident_memory_bytes', help: 'Memory that is not swapped out.' };
  add({ ...memory, merge: 'sum' }, () => process.memoryUsage.rss());
  const start = {
    name: 'process_start_time_seconds',
    help: 'When the process, or the last of them, started.',
  };
  add({ ...start, merge: 'max' }, () => performance.timeOrigin / 1000);
  const busy = {
    name: 'tessera_event_loop_busy_seconds_total',
    help: 'Seconds in which the event loop was at work; one process has one second of them in a second.',
  };
  add({ ...busy, ...counter }, () => performance.eventLoopUtilization().active / 1000);
}
