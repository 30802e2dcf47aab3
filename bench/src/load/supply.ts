// Requests for a run of the load, each good once, in an order that is independent of where their rows are stored; and
// how many of them have been used.

import { flawless } from '../measures/measure.ts';
import type { Place, Seeded } from '../rows/seeded.ts';
import { type Amounts, clientId, clientOfGrant, REDIRECT_URI, VERIFIER } from '../rows/seeding.ts';
import type { Server } from '../subjects/processes.ts';
import { basic, type Target } from '../subjects/subjects.ts';
import { clientCredentials, tokenEndpoint } from '../subjects/tessera.ts';
import { CONNECTIONS } from './load.ts';
import { runRequests } from './requests.ts';

/** More than any machine is expected to use in a second. */
export const MOST_PER_SECOND = 10_000;

/** Coprime to the amounts, which are powers of ten, so that steps of this size reach every number. */
const STRIDE = 6_180_341;

type Request = Omit<Target, 'url'>;
export type SeededServer = { server: Server; seeded: Seeded; amounts: Amounts; place: Place };
export type Supply<Item> = { take: (count: number) => Item[]; spend: (count: number) => void };

/** Gives the items of the numbers from 0 on. */
export function supplyOf<Item>(item: (index: number) => Item): Supply<Item> {
  let used = 0;
  return {
    take: (count) => Array.from({ length: count }, (_, index) => item(used + index)),
    spend: (count) => {
      used += count;
    },
  };
}

/** Numbers from 1 to `total`, each once, and then again from the start. */
export const scattered = (index: number, total: number): number => ((index * STRIDE) % total) + 1;

/** The refresh token of every grant; when all have been used, their successors. */
export const refreshes = ({ seeded, amounts: { clients, grants } }: SeededServer): Supply<Request> =>
  supplyOf((index) => {
    const grant = scattered(index, grants);
    const refresh_token = seeded.refreshToken(grant, Math.floor(index / grants) + 1);
    return request(seeded, clientOfGrant(grant, clients), { grant_type: 'refresh_token', refresh_token });
  });

export const redemptions = ({ seeded, amounts: { clients } }: SeededServer): Supply<Request> =>
  supplyOf((index) => {
    const form = { redirect_uri: REDIRECT_URI, code_verifier: VERIFIER, code: seeded.code(index + 1) };
    return request(seeded, clientOfGrant(index + 1, clients), { grant_type: 'authorization_code', ...form });
  });

/** A random client for each request, or always the first. */
export const credentials = (
  { server, seeded, amounts: { clients } }: SeededServer,
  whose: 'one' | 'any',
): Supply<Request> =>
  supplyOf(() => clientCredentials(server, seeded, whose === 'one' ? 1 : Math.ceil(Math.random() * clients)));

const request = (seeded: Seeded, client: number, form: Record<string, string>): Request => ({
  authorization: basic(clientId(client), seeded.secret(client)),
  body: new URLSearchParams(form).toString(),
});

export async function runSupply(
  { server }: SeededServer,
  what: string,
  supply: Supply<Request>,
  seconds: number,
) {
  const requests = supply.take(seconds * MOST_PER_SECOND);
  const run = runRequests({ url: tokenEndpoint(server), requests, seconds, connections: CONNECTIONS });
  const result = await flawless(`tessera (${what})`, server, run);
  supply.spend(result.ok);
  return result;
}
