// @tessera-oauth/server/mock: an authorization server for tests. Protocol, router and HTTP server are those of the real one;
// the ports around them are different: a database in memory, any client, a clock that can be moved, faults.

import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type Dialect, urlBelow } from '@tessera-oauth/core';
import { validate } from '../config/validation.ts';
import { listenFailure } from '../http/listen-failure.ts';
import { createRouter, type Router } from '../http/router.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import { publicUrl, resolveIssuer } from '../instance/issuers.ts';
import { createGrantTokens } from '../keys/grant-tokens.ts';
import { linesOf } from '../keys/key-lines.ts';
import { Keyring } from '../keys/keyring.ts';
import { parseMasterKey } from '../keys/master-key.ts';
import { type ServedIssuer, type StoredIssuer, UsageError } from '../model.ts';
import { createClaims } from './claims.ts';
import { createClients } from './clients.ts';
import { createClock } from './clock.ts';
import { controlPath, createControl } from './control.ts';
import { createFaults } from './faults.ts';
import { createKeyStore } from './keys.ts';
import type { Mock } from './mock.ts';
import { once } from './once.ts';
import { findDialect, type MockOptions, type MockSettings, mockUser, readOptions } from './options.ts';
import { createRecorder, isSecretIn } from './requests.ts';
import { createMockStore } from './store.ts';
import { vendorScopes } from './vendor-scopes.ts';
import { portsFor, type World, within } from './world.ts';

export type { ChosenClaims, ClaimChoice } from './claims.ts';
export type { ClockMove } from './clock.ts';
export type { ActiveFault, FaultRule } from './faults.ts';
export type { Mock } from './mock.ts';
export type { MockOptions } from './options.ts';
export type { RecordedRequest } from './requests.ts';

/**
 * Starts a mock: an authorization server for tests, on a free port of the loopback address unless the options say
 * otherwise. Rejects with an Error that says what to change if an option is not valid or the port cannot be used.
 */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const settings = readOptions(options);
  const dialect = await findDialect(settings.dialect);
  refuseControlPath(dialect);
  refuseUnknownAlg(settings, dialect);
  const closing = new AbortController();
  const world = createWorld(settings, dialect, closing.signal);
  let router: Router = () => undefined;
  const app = createHttpServer({
    tls: undefined,
    trust_proxy: false,
    request_timeout: 10_000,
    ports: portsFor(world),
    requests: world.recorder.observer,
    router: () => router,
    public_url: settings.public_url ?? '',
  });
  app.addHook('preHandler', (request, reply, done) => {
    world.recorder.begin(request, reply);
    done();
  });
  const close = async () => {
    closing.abort();
    const closed = app.close();
    app.server.closeAllConnections();
    await closed;
    await world.store.close();
  };
  const port = await listen(app, settings).catch(async (error) => {
    await close();
    throw error;
  });
  const url = publicUrl({ listen: settings, tls: undefined }, port);
  const issuer = issuerAt(settings.public_url ?? url, settings, dialect);
  const mock = createMock(world, settings, issuer, url, close);
  const control = createControl(mock, issuer, settings.host);
  const protocol = createRouter([issuer], []);
  router = (host, path) => {
    const route = protocol(host, path);
    return control(path) ?? (route && within(world, route));
  };
  return mock;
}

function createWorld(settings: MockSettings, dialect: Dialect, closing: AbortSignal): World {
  const clock = createClock();
  const master = parseMasterKey(randomBytes(32).toString('base64'), 'mock');
  const scope = settings.scope ?? vendorScopes[dialect.name] ?? [];
  const clients = createClients(settings.clients, dialect, scope);
  // By the machine's clock: a test that moves time has not moved the keys.
  const keys = new Keyring(createKeyStore(), master, () => Date.now());
  const ready = keys.maintain([issuerAt('', settings, dialect)], Number.POSITIVE_INFINITY);
  // Requests wait for `ready`, and so report its failure.
  ready.catch(() => {});
  const world: World = {
    clock,
    store: createMockStore(storedIssuer(dialect, settings), clients, clock.now),
    grantTokens: createGrantTokens(master),
    keys,
    ready,
    clients,
    claims: createClaims(dialect),
    faults: createFaults(),
    recorder: createRecorder(
      clock.now,
      (path) => `${path}/`.startsWith(`${controlPath}/`),
      isSecretIn(dialect),
    ),
    user: { session: () => Promise.reject(new Error('no user is signed in')) },
    closing,
  };
  prepare(world, settings);
  return world;
}

/** The state at the start, and after each reset. */
function prepare(world: World, settings: MockSettings): void {
  const { claims, faults, recorder, clock, user, store } = world;
  clock.reset();
  recorder.clear();
  faults.clear();
  claims.clear();
  for (const fault of settings.faults) faults.add(fault);
  claims.set(settings.claims);
  user.session = once(() => store.signIn(settings.user));
}

function createMock(
  world: World,
  settings: MockSettings,
  signed: ServedIssuer,
  url: string,
  close: () => Promise<void>,
): Mock {
  const { clock, claims, faults, recorder, user, store } = world;
  const { issuer, dialect } = signed;
  return {
    url,
    issuer,
    token_endpoint: urlBelow({ issuer }, dialect.paths.token),
    jwks_uri: urlBelow({ issuer }, dialect.paths.jwks),
    control_url: url + controlPath,
    requests: recorder.list,
    clearRequests: recorder.clear,
    now: () => new Date(clock.now()),
    advance: (by) => clock.move({ advance: by }),
    setClock: clock.move,
    fail: faults.add,
    faults: faults.list,
    clearFaults: faults.clear,
    setClaims: claims.set,
    claims: claims.list,
    clearClaims: claims.clear,
    async signIn(account) {
      const session = await store.signIn(validate(mockUser, account, 'user'));
      user.session = async () => session;
    },
    async rotateKeys() {
      await world.ready;
      const algs = linesOf(signed).map(({ alg }) => alg);
      const [key] = await Promise.all(algs.map((alg) => world.keys.rotate(signed, Date.now(), alg)));
      return key?.kid ?? '';
    },
    reset: () => prepare(world, settings),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const storedIssuer = (
  { name }: Dialect,
  { signing_alg, lifetime, resources }: MockSettings,
): StoredIssuer => ({
  name: 'mock',
  location: '/',
  dialect: name,
  signing_alg: signing_alg ?? null,
  access_token_lifetime: lifetime ?? null,
  token_reuse: 0,
  resources,
  vouched_users: 'any',
  theme: null,
  disabled: false,
});

const issuerAt = (origin: string, settings: MockSettings, dialect: Dialect): ServedIssuer =>
  resolveIssuer(storedIssuer(dialect, settings), [], dialect, origin);

async function listen(app: HttpServer, { host, port }: MockSettings): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenFailure(error, host, port);
  }
  return (app.server.address() as AddressInfo).port;
}

function refuseUnknownAlg({ signing_alg }: MockSettings, { access_token: { algs } }: Dialect): void {
  if (signing_alg !== undefined && !algs.includes(signing_alg))
    throw new UsageError(`signing_alg: got "${signing_alg}", expected one of ${algs.join(', ')}`);
}

function refuseControlPath({ paths }: Dialect): void {
  const taken = Object.values(paths).find((path) => `${path}/`.startsWith(`${controlPath}/`));
  if (taken !== undefined)
    throw new UsageError(`dialect: ${taken} is below ${controlPath}, which is the mock's own`);
}
