// A whole server in memory whose issuer can be given another dialect between two requests: the same endpoints, router,
// pages, store, keys and HTTP server as `tessera start` has, on a database that no disk holds.

import type { AddressInfo } from 'node:net';
import type { Dialect, HttpRequest, Issuer, Ports, SigningAlgorithm } from '@tessera-oauth/core';
import { builtInDialects } from '@tessera-oauth/core';
import type { AdminContext } from '../../packages/server/src/admin/context.ts';
import { registerUser } from '../../packages/server/src/admin/users.ts';
import { createRouter, type Router } from '../../packages/server/src/http/router.ts';
import { createHttpServer } from '../../packages/server/src/http/server.ts';
import { resolveIssuer } from '../../packages/server/src/instance/issuers.ts';
import { createLoginRoutes } from '../../packages/server/src/login/routes.ts';
import type { ServedIssuer, StoredIssuer } from '../../packages/server/src/model.ts';
import { saveIssuer } from '../../packages/server/src/store/tables/issuers.ts';
import { addMissingScopes } from '../../packages/server/src/store/tables/scopes.ts';
import { createMetrics } from '../../packages/server/src/telemetry/metrics.ts';
import { authorizationUrl, pkce, UserAgent } from '../support/user-agent.ts';
import { type Parties, registerParties } from './parties.ts';
import { assemble, keyRotation, type Noted, type Parts } from './parts.ts';

/** Every scope of the issuer; all its clients have them all. */
export const scopes = [
  'read',
  'write',
  'keep',
  'write_user_tokens',
  'openid',
  'profile',
  'offline_access',
] as const;

export interface Served {
  readonly issuer: ServedIssuer;
  readonly parties: Parties;
}

export interface World {
  readonly ports: Ports;
  readonly user: { readonly id: string };
  /** A browser in which the user is signed in. */
  readonly agent: UserAgent;
  /** Puts the dialect into service in place of the one before; gives its issuer, with clients of every kind. */
  serve(dialect: Dialect): Promise<Served>;
  /** What was noted since the last call. */
  noted(): Noted;
  close(): Promise<void>;
}

const [standard] = builtInDialects;

/** Keys for access tokens by one algorithm, and for ID tokens. */
const withUsers = (alg: SigningAlgorithm): Dialect => ({
  ...standard,
  access_token: { ...standard.access_token, algs: [alg] },
});

const storedIssuer = (alg: SigningAlgorithm): StoredIssuer => ({
  name: alg.toLowerCase(),
  location: `/${alg.toLowerCase()}`,
  dialect: 'any',
  signing_alg: alg,
  access_token_lifetime: null,
  token_reuse: 0,
  resources: ['https://api.example.com'],
  vouched_users: 'any',
  theme: null,
  disabled: false,
});

/** Listens on a free port of the loopback address. */
async function listen(ports: Ports, router: () => Router) {
  const app = createHttpServer({
    ...{ ports, router, tls: undefined, trust_proxy: false, request_timeout: 30_000 },
    requests: createMetrics().requests,
    public_url: 'http://127.0.0.1',
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { app, origin: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` };
}

/** Makes an issuer with its keys for each algorithm, when it is first asked for. */
function issuersOf({ db, keys, login }: Parts) {
  const make = async (alg: SigningAlgorithm): Promise<StoredIssuer> => {
    const { disabled, ...settings } = storedIssuer(alg);
    await saveIssuer(db, settings, login.now());
    await addMissingScopes(db, settings.name, scopes, login.now());
    const lines = { name: settings.name, signing_alg: alg, access_token_lifetime: 86_400 };
    await keys.maintain([{ ...lines, dialect: withUsers(alg) }], keyRotation);
    return { ...settings, disabled };
  };
  return onceEach(make);
}

/** Does the work once for each key. */
function onceEach<Key, Value>(work: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const done = new Map<Key, Promise<Value>>();
  return (key) => {
    const known = done.get(key) ?? work(key);
    done.set(key, known);
    return known;
  };
}

export async function createWorld(): Promise<World> {
  const parts = await assemble();
  const { db, login, ports, adminFor, noted } = parts;
  const pages = createLoginRoutes(login);
  let router: Router = () => undefined;
  const { app, origin } = await listen(ports, () => router);
  const issuerFor = issuersOf(parts);
  const parties = new Map<string, Promise<Parties>>();
  const serve: World['serve'] = async (dialect) => {
    const alg = dialect.access_token.algs[0] ?? 'ES256';
    const issuer = resolveIssuer(await issuerFor(alg), scopes, dialect, origin);
    router = createRouter([issuer], pages);
    // What clients may be registered with depends on nothing else.
    const kind = JSON.stringify([alg, dialect.grant_types, dialect.client_authentication]);
    const known = parties.get(kind) ?? registerParties(adminFor(dialect), issuer, scopes);
    parties.set(kind, known);
    return { issuer, parties: await known };
  };
  const { user, agent } = await signIn(adminFor(standard), serve);
  noted();
  const close = async () => {
    await app.close();
    await db.destroy();
  };
  return { ports, user, agent, serve, noted, close };
}

/** A user who signs in by the pages, once: the cookie counts at every issuer of the host. */
async function signIn(admin: AdminContext, serve: World['serve']) {
  const { user, password = '' } = await registerUser(admin, { id: 'user-1', login: 'ann', name: 'Ann' });
  const { issuer, parties } = await serve(withUsers('EdDSA'));
  const agent = new UserAgent();
  const { client_id } = parties.app;
  const { code_challenge, code_challenge_method } = pkce();
  const proof = { code_challenge, code_challenge_method };
  const page = await agent.get(authorizationUrl(issuer, { client_id, ...proof, scope: 'read' }));
  await agent.signIn(await agent.follow(page), { login: 'ann', password });
  return { user: { id: user.id }, agent };
}

/** A request that no network has carried, for what a server's limits on size would keep from the endpoint. */
export const bareRequest = (issuer: Issuer, path: string, body: string, type: string): HttpRequest => ({
  id: 'bare',
  method: 'POST',
  url: issuer.issuer + path,
  headers: { 'content-type': type },
  query: '',
  body: Buffer.from(body),
  address: '127.0.0.1',
});
