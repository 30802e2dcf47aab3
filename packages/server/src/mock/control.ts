// The methods of `Mock` for a test in another process: over HTTP, in JSON, by path.

import {
  type HttpRequest,
  type HttpResponse,
  type Issuer,
  invalidRequest,
  OAuthError,
  parseJson,
  urlBelow,
} from '@tessera-oauth/core';
import { z } from 'zod';
import { validate } from '../config/validation.ts';
import { isOutsider } from '../http/outsiders.ts';
import { type Route, renderHttpError } from '../http/router.ts';
import { UsageError } from '../model.ts';
import type { Mock } from './mock.ts';

export const controlPath = '/_mock';

/** By HTTP method; the result is the answer, and undefined is a 204. */
type Verbs = Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', (body: unknown) => unknown>>>;

const claimsBody = z.strictObject({
  claims: z.record(z.string(), z.unknown()),
  client_id: z.string().optional(),
  override: z.boolean().optional(),
});

/** The route at a path; undefined if the control has none there. */
export function createControl(
  mock: Mock,
  issuer: Issuer,
  listening: string,
): (path: string) => Route | undefined {
  const names = [new URL(mock.issuer).hostname];
  const now = () => ({ now: mock.now().toISOString() });
  const resources: Readonly<Record<string, Verbs>> = {
    '/requests': { GET: () => mock.requests(), DELETE: () => mock.clearRequests() },
    '/faults': {
      GET: () => mock.faults(),
      // The mock validates it.
      POST: (body) => mock.fail(body as Parameters<Mock['fail']>[0]),
      DELETE: () => mock.clearFaults(),
    },
    '/clock': {
      GET: now,
      POST(body) {
        mock.setClock(body as Parameters<Mock['setClock']>[0]);
        return now();
      },
    },
    '/claims': {
      GET: () => mock.claims(),
      POST(body) {
        const { claims, ...choice } = validate(claimsBody, body, 'claims');
        mock.setClaims(claims, choice);
      },
      DELETE: () => mock.clearClaims(),
    },
    '/user': { POST: (body) => mock.signIn(body as Parameters<Mock['signIn']>[0]) },
    '/rotate-keys': { POST: async () => ({ kid: await mock.rotateKeys() }) },
    '/reset': { POST: () => mock.reset() },
  };
  /** What there is, for whoever asks at the root. */
  const overview = Object.fromEntries(
    Object.entries(resources).map(([path, verbs]) => [controlPath + path, Object.keys(verbs)]),
  );
  const routes = new Map(
    Object.entries<Verbs>({ ...resources, '': { GET: () => overview } }).map(
      ([path, verbs]): [string, Route] => [
        controlPath + path,
        {
          issuer,
          endpoint: 'control',
          methods: Object.keys(verbs),
          url: urlBelow(issuer, controlPath + path),
          cross_origin: false,
          async handle({ request }) {
            if (isOutsider(request.headers, listening, names)) throw outsider();
            return answer(verbs[request.method as keyof Verbs], request);
          },
        },
      ],
    ),
  );
  return (path) => routes.get(path);
}

const outsider = () =>
  new OAuthError('access_denied', 'control', 'A web page of another site has no control of a mock.', {
    status: 403,
  });

async function answer(verb: Verbs[keyof Verbs], request: HttpRequest): Promise<HttpResponse> {
  try {
    const result = await verb?.(request.body.length === 0 ? {} : readJson(request.body));
    if (result === undefined) return { status: 204, headers: {}, body: '' };
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
    return { status: 200, headers, body: `${JSON.stringify(result)}\n` };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return renderHttpError(invalidRequest('control', error.message), request.id);
  }
}

function readJson(body: Uint8Array): unknown {
  const json = parseJson(Buffer.from(body).toString());
  if (json === undefined) throw new UsageError('the body is not JSON');
  return json;
}
