// The world around the protocol, as the mock has it: made anew for each request, which may show another client or be
// told to fail.

import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  type Audit,
  type ClientSecret,
  type HttpRequest,
  type HttpResponse,
  type Issuer,
  type OAuthError,
  type Ports,
  refuseUserToken,
  renderError,
  type UserAuthentication,
} from '@tessera/core';
import type { Route } from '../http/router.ts';
import { createGrantTokens } from '../keys/grant-tokens.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { MasterKey } from '../keys/master-key.ts';
import type { MockClaims } from './claims.ts';
import type { MockClients } from './clients.ts';
import type { MockClock } from './clock.ts';
import { errorOf, type Faults } from './faults.ts';
import type { Recorder } from './requests.ts';
import { look, type Seen } from './seen.ts';
import type { MockStore } from './store.ts';
import { createInteraction } from './user.ts';

export interface World {
  readonly clock: MockClock;
  readonly store: MockStore;
  readonly master: MasterKey;
  readonly keys: Keyring;
  /** Resolves when there is a key that signs. */
  readonly ready: Promise<void>;
  readonly clients: MockClients;
  readonly claims: MockClaims;
  readonly faults: Faults;
  readonly recorder: Recorder;
  /** Who is signed in; another one after `signIn`. */
  readonly user: { session: UserAuthentication };
  /** Ends what is being waited for. */
  readonly closing: AbortSignal;
}

const accepted: ClientSecret = { id: 'mock', kind: 'keyed', hash: '', expires_at: null, revoked_at: null };

/** What all requests have in common. */
export function createPorts(world: World): Ports {
  const { clients } = world;
  return {
    clock: world.clock,
    random: { uuid: randomUUID, id: () => randomBytes(16).toString('base64url') },
    store: world.store.sql,
    secrets: {
      recognize: () => undefined,
      async examine(_issuer, client, presented) {
        if (client === undefined) return { reason: 'client_unknown' };
        return clients.accepts(client.client_id, presented)
          ? { secret: accepted }
          : { reason: 'secret_wrong' };
      },
    },
    keys: world.keys,
    grantTokens: createGrantTokens(world.master),
    interaction: createInteraction(world.user.session, undefined, () => createPorts(world)),
    // Nobody has to wait for having been wrong: a fault does that where it is wanted.
    failures: { mustWait: () => 0, failed: () => {}, succeeded: () => {} },
    audit: createAudit(world.recorder),
  };
}

const createAudit = (recorder: Recorder): Audit => ({
  tokenIssued: ({ request_id, client_id, grant_type }) => recorder.add(request_id, { client_id, grant_type }),
  authorized: () => {},
  tokenRevoked: () => {},
  clientAuthenticated: () => {},
  refused({ request_id, error, reason, cause }) {
    recorder.add(request_id, { error, reason });
    // Nothing that a test asked for.
    if (reason === 'fault') console.error('tessera mock:', cause);
  },
});

/** The route, with what the mock does before it. `base` as `createPorts` gives it. */
export const within = (world: World, base: Ports, route: Route): Route => ({
  ...route,
  handle: (request) => answer(world, base, route, request),
});

async function answer(world: World, base: Ports, route: Route, request: HttpRequest): Promise<HttpResponse> {
  const { recorder, closing } = world;
  const seen = look(route.endpoint, request);
  const { client_id, grant_type } = seen;
  recorder.add(request.id, { ...(client_id && { client_id }), ...(grant_type && { grant_type }) });
  const fault = world.faults.meet(seen);
  if (fault?.delay !== undefined)
    await setTimeout(fault.delay, undefined, { signal: closing }).catch(() => undefined);
  if (fault?.close || closing.aborted) {
    recorder.disconnect(request.id);
    return { status: 503, headers: {}, body: '' };
  }
  await world.ready;
  const forced = fault && errorOf(fault);
  const ports = portsFor(world, base, seen, forced);
  // An error without a status is for the client of an authorization request, and goes there with the user.
  if (forced !== undefined && (seen.endpoint !== 'authorization' || forced.status !== undefined))
    return refuse(forced, route, request, ports);
  return route.handle(request, issuerFor(world, route.issuer, seen), ports);
}

function portsFor(world: World, base: Ports, seen: Seen, forced: OAuthError | undefined): Ports {
  const ports: Ports = {
    ...base,
    store: world.store.seenBy(seen, world.clients),
    interaction: createInteraction(world.user.session, forced, () => ports),
  };
  return ports;
}

/** The issuer with the APIs that are asked for, and for a token the claims that were chosen. */
const issuerFor = (world: World, issuer: Issuer, seen: Seen): Issuer => ({
  ...issuer,
  ...(seen.endpoint === 'token' && { dialect: world.claims.dialectFor(seen.client_id) }),
  resources: [...issuer.resources, ...seen.all('resource').filter(isResource)],
});

// RFC 8707 §2: "an absolute URI", and "MUST NOT include a fragment component".
const isResource = (text: string): boolean => URL.canParse(text) && !text.includes('#');

const refuse = (forced: OAuthError, { issuer, endpoint }: Route, request: HttpRequest, ports: Ports) =>
  endpoint === 'user_token'
    ? refuseUserToken(forced, request, issuer, ports)
    : renderError(forced, { request, issuer, endpoint, audit: ports.audit });
