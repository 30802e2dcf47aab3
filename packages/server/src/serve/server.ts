// The running server: the parts of it wired together around an instance, and their end, which drops no request.

import type { LoadedConfig } from '../config/load.ts';
import { readLoginSecrets } from '../config/login.ts';
import { createHttpServer } from '../http/server.ts';
import { readTls, type TlsPair } from '../http/tls.ts';
import type { Instance } from '../instance/instance.ts';
import { listenUrl, publicUrl } from '../instance/issuers.ts';
import { openInstance } from '../instance/open.ts';
import { createLoginRoutes } from '../login/routes.ts';
import { addGauges } from '../management/gauges.ts';
import { createReadiness } from '../management/readiness.ts';
import type { Readiness, ServedIssuer } from '../model.ts';
import type { Log } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { startBackground } from './background.ts';
import { createErrorPages } from './error-pages.ts';
import { drain, followCertificate, listen } from './listening.ts';
import { createPorts, type LoginOptions } from './ports.ts';
import { createServedIssuers } from './served-issuers.ts';

export interface RunningServer {
  readonly origin: string;
  /** The URL that is listened on: behind a proxy another than `origin`. */
  readonly address: string;
  readonly port: number;
  readonly instance: Instance;
  readonly metrics: Metrics;
  issuers(): readonly ServedIssuer[];
  readiness(): Promise<Readiness>;
  /**
   * Lets requests under way finish, for ten seconds at most, and writes what is still in memory. Connections that wait
   * for another request are closed after `idleMs`: a request may be on its way, and is answered.
   */
  close(idleMs?: number): Promise<void>;
}

interface ServerParts {
  readonly instance: Instance;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tls: TlsPair | undefined;
  readonly login: Omit<LoginOptions, 'themeOf'>;
}

/** `prepare` runs once the database is open and before anybody can connect. */
export async function startServer(
  config: LoadedConfig,
  log: Log,
  prepare: (instance: Instance) => Promise<void> = async () => {},
): Promise<RunningServer> {
  const tls = config.tls && (await readTls(config.tls));
  const login = await readLoginSecrets(config);
  const metrics = createMetrics();
  const instance = await openInstance(config, metrics.signing);
  try {
    await prepare(instance);
    return await run({ instance, log, metrics, tls, login });
  } catch (error) {
    await instance.close();
    throw error;
  }
}

async function run({ instance, log, metrics, tls, login }: ServerParts): Promise<RunningServer> {
  const { config, store, keyring } = instance;
  const issuers = createServedIssuers(instance, log);
  const ports = createPorts(instance, log, { ...login, themeOf: issuers.themeOf }, metrics.requests);
  const pages = createLoginRoutes(ports.login);
  await issuers.load(publicUrl(config), pages);
  const { trust_proxy, request_timeout } = config;
  const { requests } = metrics;
  const app = createHttpServer({
    ...{ tls, trust_proxy, request_timeout, ports, requests },
    router: issuers.router,
    public_url: publicUrl(config),
    errorPage: createErrorPages(issuers.list, ports.interaction),
  });
  const port = await listen(app, config);
  // With the port that was really chosen.
  const [origin, address] = [publicUrl(config, port), listenUrl(config, port)];
  const loadIssuers = () => issuers.load(origin, pages);
  await loadIssuers();
  const renewCertificate = config.tls && tls && followCertificate(app, config.tls, tls, log);
  const background = startBackground({
    ...{ instance, issuers, metrics, log, loadIssuers, renewCertificate },
    usage: ports.usage,
  });
  report(instance, log, { origin, address }, issuers.list());
  addGauges(metrics.registry, { store, keyring, key_rotation: config.key_rotation });
  let draining = false;
  const readiness = createReadiness({
    reads: instance.database.reads,
    keyring,
    issuers: issuers.list,
    unwritten: background.unwritten,
    feedAge: metrics.feed.age,
    draining: () => draining,
  });
  const close = async (idleMs = 0) => {
    draining = true;
    await drain(app, idleMs);
    await background.stop();
    await instance.close();
  };
  return { origin, address, port, instance, metrics, issuers: issuers.list, readiness, close };
}

/** What becomes of what is declared no longer. */
const fate = {
  issuer: 'it is served no more, until it is declared again, or by tessera issuer enable',
  client: 'it is disabled, until it is declared again, or by tessera client update --enable',
  scope: 'it is removed; clients that were given it keep it',
};

function report(
  { config, database, newerMigrations, withdrawn }: Instance,
  log: Log,
  at: { readonly origin: string; readonly address: string },
  issuers: readonly ServedIssuer[],
): void {
  const { name, remark } = database;
  if (remark !== undefined) log.warn({ database: name }, remark);
  if (newerMigrations.length > 0)
    log.warn(
      { database: name, migrations: newerMigrations },
      'the database is of a newer release: serving goes on while servers are replaced one by one',
    );
  for (const { noun, issuer, name: what } of withdrawn)
    log.warn(
      { noun, issuer, name: what },
      `${noun} ${what}: ${config.source} declares it no longer; ${fate[noun]}`,
    );
  log.info({ ...at, database: name, issuers: issuers.map(({ issuer }) => issuer) }, 'listening');
}
