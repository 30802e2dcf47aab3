// The running server: listens, follows changes, keeps keys and tables in order, and ends without dropping anyone.

import type { AddressInfo } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { repeat } from '../concurrency/repeat.ts';
import type { LoadedConfig } from '../config/load.ts';
import { readLoginSecrets } from '../config/login.ts';
import { listenFailure } from '../http/listen-failure.ts';
import { createRouter, type Router } from '../http/router.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import { readTls, type TlsFiles, type TlsPair } from '../http/tls.ts';
import { publicUrl } from '../instance/issuers.ts';
import { type Instance, openInstance } from '../instance/open.ts';
import { createLoginRoutes } from '../login/routes.ts';
import { addGauges } from '../management/gauges.ts';
import { createReadiness } from '../management/readiness.ts';
import type { Readiness, ServedIssuer } from '../model.ts';
import { listIssuers } from '../store/tables/issuers.ts';
import type { Log } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createMaintenance } from './maintenance.ts';
import { createPorts, type LoginWays } from './ports.ts';

export interface RunningServer {
  readonly origin: string;
  readonly port: number;
  readonly instance: Instance;
  readonly metrics: Metrics;
  issuers(): readonly ServedIssuer[];
  readiness(): Promise<Readiness>;
  /**
   * Lets requests under way finish, for ten seconds at most, and writes what is still in memory. Connections that wait
   * for another request are closed after `idleMs`: one may be on its way, and is answered.
   */
  close(idleMs?: number): Promise<void>;
}

const followMs = 200;
const flushMs = 1000;
const maintenanceMs = 60_000;
const tlsMs = 2000;
const drainMs = 10_000;

/** `prepare` runs once the database is open and before anybody can connect. */
export async function startServer(
  config: LoadedConfig,
  log: Log,
  prepare: (instance: Instance) => Promise<void> = async () => {},
): Promise<RunningServer> {
  const tls = config.tls && (await readTls(config.tls));
  const ways = await readLoginSecrets(config);
  const metrics = createMetrics();
  const instance = await openInstance(config, true, metrics.signing);
  try {
    await prepare(instance);
    return await run(config, instance, log, metrics, tls, ways);
  } catch (error) {
    await instance.close();
    throw error;
  }
}

async function run(
  config: LoadedConfig,
  instance: Instance,
  log: Log,
  metrics: Metrics,
  tls: { cert: Buffer; key: Buffer } | undefined,
  ways: Omit<LoginWays, 'themeOf'>,
) {
  const { store, keyring } = instance;
  let issuers: readonly ServedIssuer[] = [];
  const themeOf = (name: string) => issuers.find((issuer) => issuer.name === name)?.theme ?? null;
  const ports = createPorts(instance, log, { ...ways, themeOf }, metrics.requests);
  const users = createLoginRoutes(ports.login);
  let router: Router = () => undefined;
  let origin = publicUrl(config);
  const loadIssuers = async () => {
    const loaded = (await instance.loadIssuers(origin)).filter(({ disabled }) => !disabled);
    for (const { name, dialect } of await listIssuers(store.db)) {
      if (!config.dialectsByName.has(dialect))
        log.warn({ issuer: name, dialect }, 'issuer not served: dialect unknown');
    }
    // Keys first: nobody may find an issuer that cannot sign.
    await keyring.maintain(loaded, config.key_rotation);
    issuers = loaded;
    router = createRouter(loaded, users);
  };
  await loadIssuers();
  const app = createHttpServer({
    tls,
    trust_proxy: config.trust_proxy,
    request_timeout: config.request_timeout,
    ports,
    requests: metrics.requests,
    router: () => router,
  });
  const port = await listen(app, config);
  origin = publicUrl(config, port);
  await loadIssuers();

  const pending = new Set<string>();
  const following = repeat('changes', followMs, log, async () => {
    const changes = await store.follow();
    for (const { topic } of changes) pending.add(topic);
    // Kept until it has been seen to: what fails now is tried again.
    if (pending.has('key')) await keyring.load();
    pending.delete('key');
    if (pending.has('issuer')) await loadIssuers();
    pending.delete('issuer');
    metrics.feed.applied(changes);
  });
  const maintenance = createMaintenance(store, log, {
    keys: () => keyring.maintain(issuers, config.key_rotation),
    done: metrics.maintained,
  });
  const maintaining = repeat('maintenance', maintenanceMs, log, maintenance.run);
  // One that never lives for a minute has its turn too.
  maintaining.now();
  const stopListening = instance.database.listen(following.now);
  const writing = repeat('usage', flushMs, log, () => ports.usage.flush());
  const timers = [following, writing, maintaining];
  if (config.tls !== undefined && tls !== undefined)
    timers.push(repeat('tls', tlsMs, log, followTls(app, config.tls, tls, log)));
  const { name: database, remark } = instance.database;
  if (remark !== undefined) log.warn({ database }, remark);
  log.info({ origin, database, issuers: issuers.map(({ issuer }) => issuer) }, 'listening');

  addGauges(metrics.registry, instance);
  let draining = false;
  const readiness = createReadiness({
    reads: instance.database.reads,
    keyring,
    issuers: () => issuers,
    unwritten: writing.failing,
    feedAge: metrics.feed.age,
    draining: () => draining,
  });
  const close = async (idleMs = 0) => {
    draining = true;
    const closeIdle = app.server.closeIdleConnections.bind(app.server);
    if (idleMs > 0) app.server.closeIdleConnections = () => {};
    const idle = setTimeout(closeIdle, idleMs);
    const late = setTimeout(() => app.server.closeAllConnections(), drainMs);
    await app.close();
    clearTimeout(idle);
    clearTimeout(late);
    await stopListening();
    await Promise.all([...timers.map(({ stop }) => stop()), maintenance.end()]);
    await ports.usage.flush().catch((error) => log.error({ err: error }, 'usage not written'));
    await instance.close();
  };
  return { origin, port, instance, metrics, issuers: () => issuers, readiness, close };
}

async function listen(app: HttpServer, { listen: { host, port } }: LoadedConfig): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenFailure(error, host, port);
  }
  return (app.server.address() as AddressInfo).port;
}

/** Reads the certificate and its key again, and takes them when they have changed and fit each other. */
function followTls(app: HttpServer, files: TlsFiles, served: TlsPair, log: Log): () => Promise<void> {
  let current = served;
  return async () => {
    const pair = await readTls(files);
    if (pair.cert.equals(current.cert) && pair.key.equals(current.key)) return;
    (app.server as unknown as TlsServer).setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
    current = pair;
    log.info('certificate reloaded');
  };
}
