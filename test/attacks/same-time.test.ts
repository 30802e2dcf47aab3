// How long a refusal takes tells no unknown client from a known one, nor one kind of secret from another.
//
// A secret that a person chose is kept under argon2id, which costs some 30 milliseconds; all else of a refusal costs
// less than one. If only such a client's refusals cost that, two requests would tell who is known here and has a
// guessable secret: the ratio below would be 30 and more. As it is, each refusal costs one slow hash. The bound of 8
// leaves room for a busy machine, and the samples alternate, so that its moods meet all kinds alike.

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
import { importClient } from '../support/operator.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
});
afterAll(() => server.close());

const samples = 7;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function mediansOf(kinds: Record<string, () => Promise<Response>>): Promise<Record<string, number>> {
  const times = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
  for (let round = -1; round < samples; round++) {
    for (const [kind, ask] of Object.entries(kinds)) {
      const start = performance.now();
      const response = await ask();
      const took = performance.now() - start;
      expect(response.status, await response.text()).toBeOneOf([400, 401]);
      // The first round warms up.
      if (round >= 0) times.get(kind)?.push(took);
    }
  }
  return Object.fromEntries([...times].map(([kind, values]) => [kind, median(values)]));
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
  const medians = await mediansOf({
    unknown: inBody(() => wrongFor({ client_id: crypto.randomUUID() })),
    generated: inBody(() => wrongFor(generated)),
    chosen: inBody(() => wrongFor(chosen)),
    public: inBody(() => wrongFor(open)),
    'unknown, in the header': inHeader(() => wrongFor({ client_id: crypto.randomUUID() })),
    'chosen, in the header': inHeader(() => wrongFor(chosen)),
  });
  const values = Object.values(medians);
  expect(Math.max(...values) / Math.min(...values), JSON.stringify(medians)).toBeLessThan(8);
});

test('a secret that reads in two ways costs an unknown client as much as a known one', async () => {
  const chosen = await importClient(server, 'standard', 'correct+horse%20battery');
  const ask = (client_id: string) => () => {
    const headers = { ...basic(client_id, 'wrong+horse%20battery'), ...fromAnywhere() };
    return post(urlOf(server, 'standard', 'token'), clientCredentials, headers);
  };
  const medians = await mediansOf({
    unknown: () => ask(crypto.randomUUID())(),
    chosen: ask(chosen.client_id),
  });
  const values = Object.values(medians);
  expect(Math.max(...values) / Math.min(...values), JSON.stringify(medians)).toBeLessThan(8);
});
