// How long a refusal takes tells no unknown client from a known one, nor one kind of secret from another.
//
// A secret that a person chose is stored under argon2id, which costs some 30 milliseconds; all else of a refusal costs
// less than one. If only such a client's refusals cost that, two requests would tell who is known here and has a
// guessable secret. So every refusal computes the same number of slow hashes. The test counts them: a measured time
// would depend on how busy the machine is.

import { createHmac } from 'node:crypto';
import { StatementSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { changeClient } from '../../packages/server/src/admin/clients.ts';
import { fromAnywhere } from '../support/addresses.ts';
import {
  type Credentials,
  clientCredentials,
  dialectNames,
  dialectsWithPublicClients,
  requestToken,
  urlOf,
} from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { scrape } from '../support/metrics.ts';
import { importClient } from '../support/operator.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'], management: { port: 0 } });
});
afterAll(() => server.close());

/** How many slow hashes each request has the server compute. */
async function costsOf(kinds: Record<string, () => Promise<Response>>): Promise<Record<string, number>> {
  const costs: Record<string, number> = {};
  const computed = async () => (await scrape(server)).sum('tessera_slow_hashes_total');
  for (const [kind, ask] of Object.entries(kinds)) {
    const before = await computed();
    const response = await ask();
    expect(response.status, await response.text()).toBeOneOf([400, 401]);
    costs[kind] = (await computed()) - before;
  }
  return costs;
}

test.each(dialectNames)('%s: unknown, generated, chosen and public cost the same', async (issuer) => {
  const chosen = await importClient(server, issuer, 'correct horse battery staple');
  const generated = await server.register(issuer);
  // Where a dialect has no public clients, one more confidential one.
  const open = await server.register(issuer, {
    public: dialectsWithPublicClients.some((name) => name === issuer),
  });
  const wrongFor = ({ client_id }: Pick<Credentials, 'client_id'>) => ({ client_id, client_secret: 'wrong' });
  const inBody = (client: () => Credentials) => () => requestToken(server, issuer, client(), fromAnywhere());
  const inHeader = (client: () => Credentials) => () => {
    const { client_id, client_secret } = client();
    const headers = { ...basic(client_id, client_secret), ...fromAnywhere() };
    return post(urlOf(server, issuer, 'token'), clientCredentials, headers);
  };
  const costs = await costsOf({
    unknown: inBody(() => wrongFor({ client_id: crypto.randomUUID() })),
    generated: inBody(() => wrongFor(generated)),
    chosen: inBody(() => wrongFor(chosen)),
    public: inBody(() => wrongFor(open)),
    'unknown, in the header': inHeader(() => wrongFor({ client_id: crypto.randomUUID() })),
    'chosen, in the header': inHeader(() => wrongFor(chosen)),
  });
  expect(costs).toEqual(Object.fromEntries(Object.keys(costs).map((kind) => [kind, 1])));
});

test('a secret that reads in two ways costs an unknown client as much as a known one', async () => {
  const chosen = await importClient(server, 'standard', 'correct+horse%20battery');
  const ask = (client_id: string) => () => {
    const headers = { ...basic(client_id, 'wrong+horse%20battery'), ...fromAnywhere() };
    return post(urlOf(server, 'standard', 'token'), clientCredentials, headers);
  };
  const costs = await costsOf({
    unknown: () => ask(crypto.randomUUID())(),
    chosen: ask(chosen.client_id),
  });
  expect(costs.unknown).toBeGreaterThan(0);
  expect(costs.chosen).toBe(costs.unknown);
});

/** How often a method of Node.js is called while `work` runs. */
async function callsDuring(
  methods: readonly (readonly [owner: object, name: string])[],
  work: () => Promise<unknown>,
): Promise<number> {
  const spies = methods.map(([owner, name]) => vi.spyOn(owner as Record<string, () => unknown>, name));
  await work();
  const calls = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  for (const spy of spies) spy.mockRestore();
  return calls;
}

// Below the slow hash: a statement is an answer of the database, and a keyed hash some microseconds, which add up.
test.each(dialectNames)(
  '%s: a client costs as many statements and keyed hashes, known or not',
  async (issuer) => {
    const quiet = await startTestServer({ trust_proxy: ['127.0.0.1'] });
    try {
      const generated = await quiet.register(issuer);
      const disabled = await quiet.register(issuer);
      await changeClient(quiet.instance.admin, issuer, disabled.client_id, { disabled: true });
      await eventually(() => quiet.instance.store.cachedClient(issuer, disabled.client_id) === undefined);
      const statements = ['all', 'get', 'run', 'iterate'].map(
        (name) => [StatementSync.prototype, name] as const,
      );
      const hashes = [[Object.getPrototypeOf(createHmac('sha256', 'x')) as object, 'digest'] as const];
      const clients: Record<string, string> = {
        unknown: crypto.randomUUID(),
        known: generated.client_id,
        disabled: disabled.client_id,
        'of another issuer': (await quiet.register(issuer === 'tilia' ? 'trelica' : 'tilia')).client_id,
      };
      const ask = async (client_id: string) => {
        const { status } = await requestToken(
          quiet,
          issuer,
          { client_id, client_secret: 'wrong ' },
          fromAnywhere(),
        );
        expect(status).toBeOneOf([400, 401]);
      };
      const costs: Record<string, number[]> = {};
      for (const [kind, client_id] of Object.entries(clients)) {
        await ask(client_id);
        // What runs in the background may fall into one of three, and only adds.
        const counted = [];
        for (let time = 0; time < 3; time++)
          counted.push([
            await callsDuring(statements, () => ask(client_id)),
            await callsDuring(hashes, () => ask(client_id)),
          ] as const);
        costs[kind] = [
          Math.min(...counted.map(([one]) => one)),
          Math.min(...counted.map(([, other]) => other)),
        ];
      }
      expect(costs.unknown?.every((count) => count > 0)).toBe(true);
      expect(costs).toEqual(Object.fromEntries(Object.keys(clients).map((kind) => [kind, costs.unknown])));
    } finally {
      await quiet.close();
    }
  },
);
