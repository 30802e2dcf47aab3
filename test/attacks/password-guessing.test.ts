// Guessing secrets: how often one may be wrong, and that nobody can spend the attempts of others. What cannot be guessed is
// not counted.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { from, fromAnywhere } from '../support/addresses.ts';
import { type ExpectedRefusal, expectRefused } from '../support/answers.ts';
import {
  type Credentials,
  clientCredentials,
  dialectNames,
  dialectsWithPublicClients,
  requestToken,
  urlOf,
} from '../support/endpoints.ts';
import { importClient, type Registered } from '../support/operator.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let imported: Record<string, Registered>;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
  // Where an issuer holds one chosen secret, every wrong secret of its clients costs a slow hash, and is counted.
  imported = Object.fromEntries(
    await Promise.all(
      dialectNames.map(
        async (issuer) => [issuer, await importClient(server, issuer, 'correct horse')] as const,
      ),
    ),
  );
});
afterAll(() => server.close());

/** Of each test its own, and so are its clients: nothing was counted for them. */
let mine: Record<string, string>;
beforeEach(() => {
  mine = fromAnywhere();
});
const tooMany: ExpectedRefusal = { status: 429, error: 'temporarily_unavailable' };

const importedOne = () => importClient(server, 'standard', 'correct horse');
const ask = (issuer: string, client: Credentials, address: Record<string, string>) =>
  requestToken(server, issuer, client, address);
const granted = async (...request: Parameters<typeof ask>) => (await ask(...request)).status === 200;
async function guess(issuer: string, client_id: string, times: number, address: Record<string, string>) {
  const statuses: number[] = [];
  for (let time = 0; time < times; time++) {
    const response = await ask(issuer, { client_id, client_secret: `guess ${time}` }, address);
    statuses.push(response.status);
    await response.body?.cancel();
  }
  return statuses;
}
const countOf = async () =>
  (await server.instance.admin.db.selectFrom('attempts').select('key').execute()).length;

describe.each(dialectNames)('%s', (issuer) => {
  const refusal = issuer === 'standard' ? 401 : 400;

  test('after ten wrong secrets a generated one that is right is answered all the same, a chosen one is not', async () => {
    const client = await server.register(issuer);
    const chosen = imported[issuer] as Registered;
    const statuses = [
      ...(await guess(issuer, client.client_id, 11, mine)),
      ...(await guess(issuer, chosen.client_id, 11, mine)),
    ];
    const expected = [...Array(10).fill(refusal), 429];
    expect(statuses).toEqual([...expected, ...expected]);
    expect(await granted(issuer, client, mine)).toBe(true);
    // Else a guess would still be answered.
    const answer = await expectRefused(ask(issuer, chosen, mine), {
      ...tooMany,
      presented: ['correct horse'],
    });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(3000);
    expect(server.log.at(-1)).toMatchObject({
      reason: 'too_many_failures',
      address: mine['x-forwarded-for'],
    });
    expect(await granted(issuer, chosen, fromAnywhere())).toBe(true);
  });
});

describe.each(dialectsWithPublicClients)('an empty secret, at %s', (issuer) => {
  // RFC 6749 §2.3.1: it may be left out. Go's client (golang.org/x/oauth2) shows the id of a public client so.
  test('is none: a public client may name itself by Basic, however often', async () => {
    const { client_id } = await server.register(issuer, { public: true });
    const exchange = { grant_type: 'authorization_code', code: 'x', code_verifier: 'x'.repeat(43) };
    for (let time = 0; time < 12; time++) {
      const response = await post(urlOf(server, issuer, 'token'), exchange, {
        ...basic(client_id, ''),
        ...mine,
      });
      expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
    }
  });

  test('guesses nothing, and is refused where a client has a secret or there is no client', async () => {
    const before = await countOf();
    for (const client_id of [(imported[issuer] as Registered).client_id, 'nobody']) {
      for (let time = 0; time < 12; time++) {
        const headers = { ...basic(client_id, ''), ...mine };
        const refused = post(urlOf(server, issuer, 'token'), clientCredentials, headers);
        await expectRefused(refused, { status: issuer === 'standard' ? 401 : 400, error: 'invalid_client' });
      }
      const reason = client_id === 'nobody' ? 'client_unknown' : 'secret_missing';
      expect(server.log.at(-1)).toMatchObject({ reason });
    }
    expect(await countOf()).toBe(before);
  });
});

test('the endpoints share one limit, and so do the ways to present a secret', async () => {
  const client = await importedOne();
  const wrong = (index: number) => ({ client_id: client.client_id, client_secret: `wrong ${index}` });
  for (let round = 0; round < 5; round++) {
    const endpoint = (['introspection', 'revocation'] as const)[round % 2] ?? 'token';
    await expectRefused(post(urlOf(server, 'standard', endpoint), { token: 'x', ...wrong(round) }, mine), {
      status: 401,
    });
    const headers = { ...basic(client.client_id, `wrong too ${round}`), ...mine };
    await expectRefused(post(urlOf(server, 'standard', 'token'), clientCredentials, headers), {
      status: 401,
    });
  }
  for (const endpoint of ['token', 'introspection', 'revocation'] as const)
    await expectRefused(
      post(urlOf(server, 'standard', endpoint), { token: 'x', ...wrong(9) }, mine),
      tooMany,
    );
});

// Otherwise anybody could keep a client from its tokens, by being wrong in its name.
test('from many addresses a client is closed to strangers, and open to itself', async () => {
  const client = await importedOne();
  const home = from('198.51.100.7');
  expect(await granted('standard', client, home)).toBe(true);
  for (let attacker = 0; attacker < 4; attacker++)
    expect(await guess('standard', client.client_id, 5, from(`203.${attacker}.113.1`))).toEqual(
      Array(5).fill(401),
    );
  expect(await guess('standard', client.client_id, 1, from('203.99.113.1'))).toEqual([429]);
  expect(await granted('standard', client, home)).toBe(true);
  // A mistake at home is a mistake, with a limit of its own.
  expect(await guess('standard', client.client_id, 11, home)).toEqual([...Array(10).fill(401), 429]);
});

test('one IPv6 network is one address', async () => {
  const { client_id } = await importedOne();
  for (let host = 1; host <= 10; host++)
    expect(await guess('standard', client_id, 1, from(`2001:db8:1:2::${host}`))).toEqual([401]);
  expect(await guess('standard', client_id, 1, from('2001:db8:1:2:ffff::1'))).toEqual([429]);
  expect(await guess('standard', client_id, 1, from('2001:db8:1:3::1'))).toEqual([401]);
});

test('without trust_proxy nobody chooses an address', async () => {
  const own = await startTestServer();
  const client = await importClient(own, 'standard', 'correct horse');
  const statuses: number[] = [];
  for (let time = 0; time < 12; time++) {
    const wrong = { client_id: client.client_id, client_secret: `wrong ${time}` };
    statuses.push((await requestToken(own, 'standard', wrong, fromAnywhere())).status);
  }
  await own.close();
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
});

// A proxy appends the address it sees: what stands before that is the client's own invention.
test('behind a proxy nobody chooses an address either', async () => {
  const { client_id } = await importedOne();
  const statuses: number[] = [];
  for (let time = 0; time < 12; time++) {
    const invented = from(`10.1.2.${time}, 127.0.0.1, 10.9.9.${time}, 192.0.2.1`);
    statuses.push(...(await guess('standard', client_id, 1, invented)));
  }
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  expect(server.log.at(-1)).toMatchObject({ address: '192.0.2.1' });
});

// While one is judged, others must not slip past the count.
test('guesses at once are limited as guesses in turn are', async () => {
  const { client_id } = await importedOne();
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      ask('standard', { client_id, client_secret: `guess ${index}` }, mine),
    ),
  );
  const judged = answers.filter(({ status }) => status === 401).length;
  expect(judged).toBeGreaterThan(0);
  expect(judged).toBeLessThanOrEqual(10);
});
