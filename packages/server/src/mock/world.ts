// The ports of the protocol, as the mock implements them: made anew for each request, because each may show another
// client, or be one that is to fail.

import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  type Audit,
  type ClientSecret,
  type EndpointContext,
  type GrantTokens,
  type HttpRequest,
  type HttpResponse,
  type Issuer,
  type OAuthError,
  type Ports,
  renderError,
  type UserAuthentication,
} from '@tessera-oauth/core';
import type { Route } from '../http/router.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { MockClaims } from './claims.ts';
import type { MockClients } from './clients.ts';
import type { MockClock } from './clock.ts';
import { errorOf, type Faults } from './faults.ts';
import type { Recorder } from './requests.ts';
import { look, nothing, type Seen } from './seen.ts';
import type { MockStore } from './store.ts';
import { createInteraction } from './user.ts';

export interface World {
  readonly clock: MockClock;
  readonly store: MockStore;
  readonly grantTokens: GrantTokens;
  readonly keys: Keyring;
  /** Resolves when there is a signing key. */
  readonly ready: Promise<void>;
  readonly clients: MockClients;
  readonly claims: MockClaims;
  readonly faults: Faults;
  readonly recorder: Recorder;
  /** The session at the authorization endpoint; `signIn` replaces it. */
  readonly user: { session: () => Promise<UserAuthentication> };
  /** Ends the delays of faults. */
  readonly closing: AbortSignal;
}

const accepted: ClientSecret = { id: 'mock', kind: 'keyed', hash: '', expires_at: null, revoked_at: null };

/** The ports for a request that shows `seen`; `forced` is the error that an app is sent in place of a code. */
export function portsFor(world: World, seen: Seen = nothing, forced?: OAuthError): Ports {
  const { clock, keys, grantTokens, clients, recorder } = world;
  const ports: Ports = {
    clock,
    keys,
    grantTokens,
    random: { uuid: randomUUID, id: () => randomBytes(16).toString('base64url') },
    store: world.store.seenBy(seen),
    interaction: createInteraction(world.user.session, forced, () => ports),
    secrets: {
      verifyFast: () => undefined,
      // Failed attempts are not limited: a test that needs that answer asks for it with a fault.
      async verify({ secret }, client) {
        if (client === undefined) return { reason: 'client_unknown' };
        const right = clients.accepts(client.client_id, secret);
        return right ? { secret: accepted } : { reason: 'secret_wrong' };
      },
    },
    audit: createAudit(recorder),
  };
  return ports;
}

const createAudit = (recorder: Recorder): Audit => ({
  tokenIssued: ({ request_id, client_id, grant_type }) => recorder.add(request_id, { client_id, grant_type }),
  authorized: () => {},
  tokenRevoked: () => {},
  clientAuthenticated: () => {},
  refused({ request_id, error, reason, cause }) {
    recorder.add(request_id, { error, reason });
    // An error of the mock itself, which no test has asked for.
    if (reason === 'fault') console.error('tessera mock:', cause);
  },
});

/** The route, with faults and chosen claims applied. */
export const within = (world: World, route: Route): Route => ({
  ...route,
  handle: ({ request }) => answer(world, route, request),
});

async function answer(world: World, route: Route, request: HttpRequest): Promise<HttpResponse> {
  const { recorder, closing } = world;
  const seen = look(route.endpoint, request, route.issuer.dialect);
  const { client_id, grant_type } = seen;
  recorder.add(request.id, { ...(client_id && { client_id }), ...(grant_type && { grant_type }) });
  const fault = world.faults.apply(seen);
  if (fault?.delay !== undefined)
    await setTimeout(fault.delay, undefined, { signal: closing }).catch(() => undefined);
  if (fault?.close || closing.aborted) {
    recorder.disconnect(request.id);
    return { status: 503, headers: {}, body: '' };
  }
  await world.ready;
  const forced = fault && errorOf(fault);
  const ports = portsFor(world, seen, forced);
  // At the authorization endpoint an error without a status is sent to the app by redirect.
  if (forced !== undefined && (seen.endpoint !== 'authorization' || forced.status !== undefined))
    return refuse(forced, route, { request, issuer: route.issuer, ports });
  return route.handle({ request, issuer: issuerFor(world, route.issuer, seen), ports });
}

/** The issuer with every resource that the request asks for, and for tokens with the chosen claims. */
const issuerFor = (world: World, issuer: Issuer, seen: Seen): Issuer => ({
  ...issuer,
  ...(seen.endpoint === 'token' && { dialect: world.claims.dialectFor(seen.client_id) }),
  resources: [...issuer.resources, ...seen.all('resource').filter(isResource)],
});

// RFC 8707 §2: "an absolute URI", and "MUST NOT include a fragment component".
const isResource = (text: string): boolean => URL.canParse(text) && !text.includes('#');

const refuse = (forced: OAuthError, { endpoint, refuse }: Route, context: EndpointContext): HttpResponse =>
  refuse?.(forced, context) ?? renderError(forced, { ...context, ...context.ports, endpoint });
