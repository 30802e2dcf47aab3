// How long a refusal takes tells no unknown client from a known one, nor one kind of secret from another.
//
// A secret that a person chose is stored under argon2id, which costs some 30 milliseconds; all else of a refusal costs
// less than one. If only such a client's refusals cost that, two requests would tell who is known here and has a
// guessable secret. So every refusal computes the same number of slow hashes. The test counts them: a measured time
// would depend on how busy the machine is.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromAnywhere } from '../support/addresses.ts';
import {
  type Credentials,
  clientCredentials,
  dialectNames,
  dialectsWithPublicClients,
  requestToken,
  urlOf,
} from '../support/endpoints.ts';
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
