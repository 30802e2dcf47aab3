// Guessing secrets: how often one may be wrong, and that nobody can spend the budget of others.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { from, fromAnywhere } from '../support/addresses.ts';
import { type ExpectedRefusal, expectRefused } from '../support/answers.ts';
import {
  type Credentials,
  clientCredentials,
  dialectNames,
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

/** Of each test its own, and so are its clients: their budgets are whole. */
let mine: Record<string, string>;
beforeEach(() => {
  mine = fromAnywhere();
});
const tooMany: ExpectedRefusal = { status: 429, error: 'temporarily_unavailable' };

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

describe.each(dialectNames)('%s', (issuer) => {
  const refusal = issuer === 'standard' ? 401 : 400;

  test('after ten wrong secrets a client must wait, at this address alone', async () => {
    const client = await server.register(issuer);
    const other = await server.register(issuer);
    expect(await guess(issuer, client.client_id, 10, mine)).toEqual(Array(10).fill(refusal));
    // Not even the right secret: otherwise a guess would still be answered.
    const answer = await expectRefused(ask(issuer, client, mine), {
      ...tooMany,
      presented: [client.client_secret],
    });
    expect(answer.headers['retry-after']).toMatch(/^([1-9]|[1-5]\d|60)$/);
    const address = mine['x-forwarded-for'];
    expect(server.log.at(-1)).toMatchObject({ reason: 'too_many_failures', address });
    expect(await granted(issuer, client, fromAnywhere())).toBe(true);
    expect(await granted(issuer, other, mine)).toBe(true);
  });

  test('the endpoints share one budget, and so do the ways to present a secret', async () => {
    const client = await server.register(issuer);
    const wrong = { client_id: client.client_id, client_secret: 'wrong' };
    for (let round = 0; round < 5; round++) {
      const endpoint = (['introspection', 'revocation'] as const)[round % 2] ?? 'token';
      await expectRefused(post(urlOf(server, issuer, endpoint), { token: 'x', ...wrong }, mine), {
        status: refusal,
      });
      const headers = { ...basic(wrong.client_id, wrong.client_secret), ...mine };
      await expectRefused(post(urlOf(server, issuer, 'token'), clientCredentials, headers), {
        status: refusal,
      });
    }
    for (const endpoint of ['token', 'introspection', 'revocation'] as const) {
      await expectRefused(post(urlOf(server, issuer, endpoint), { token: 'x', ...wrong }, mine), tooMany);
    }
  });
});

// Otherwise anybody could keep a client from its tokens, by being wrong in its name.
test('from many addresses a client is nearly closed to strangers, and open to itself', async () => {
  const client = await server.register('standard');
  const home = from('198.51.100.7');
  expect(await granted('standard', client, home)).toBe(true);
  for (let attacker = 0; attacker < 10; attacker++) {
    const statuses = await guess('standard', client.client_id, 10, from(`203.0.113.${attacker}`));
    expect(statuses).toEqual(Array(10).fill(401));
  }
  expect(await guess('standard', client.client_id, 3, from('203.0.113.99'))).toEqual([401, 401, 429]);
  // Nor can they keep it from a place where it has never been.
  expect(await granted('standard', client, from('203.0.113.100'))).toBe(true);
  expect(await granted('standard', client, home)).toBe(true);
  // A mistake at home is a mistake, with a budget of its own.
  expect(await guess('standard', client.client_id, 11, home)).toEqual([...Array(10).fill(401), 429]);
});

test('one address that tries many clients must wait for them all', async () => {
  const client = await server.register('standard');
  const worked = await server.register('standard');
  expect(await granted('standard', worked, mine)).toBe(true);
  for (let victim = 0; victim < 50; victim++) {
    expect(await guess('standard', `client-${victim}`, 1, mine)).toEqual([401]);
  }
  await expectRefused(ask('standard', { client_id: 'client-50', client_secret: 'x' }, mine), tooMany);
  await expectRefused(ask('standard', client, mine), tooMany);
  // Behind the same address (an office, a cloud's gateway) works a client that is known there.
  expect(await granted('standard', worked, mine)).toBe(true);
});

// In Basic such an id stands in two spellings, and the client is known by both.
test('a client whose id must be encoded is known where it works, like any other', async () => {
  const client = await server.register('standard', { client_id: 'urn:acme:billing' });
  const credentials = basic(encodeURIComponent(client.client_id), client.client_secret);
  const works = async () => {
    const headers = { ...credentials, ...mine };
    return (await post(urlOf(server, 'standard', 'token'), clientCredentials, headers)).status === 200;
  };
  expect(await works()).toBe(true);
  for (let victim = 0; victim < 50; victim++) await guess('standard', `client-${victim}`, 1, mine);
  expect(await works()).toBe(true);
});

test('a failure is one failure, however the id is spelled', async () => {
  const wrong = { ...basic('urn%3Aacme%3Apayroll', 'wrong'), ...mine };
  const url = urlOf(server, 'standard', 'token');
  for (let time = 0; time < 10; time++) {
    await expectRefused(post(url, clientCredentials, wrong), { status: 401 });
  }
  // Of the address's 50, that leaves 40.
  for (let victim = 0; victim < 40; victim++) {
    expect(await guess('standard', `client-${victim}`, 1, mine)).toEqual([401]);
  }
  expect(await guess('standard', 'client-40', 1, mine)).toEqual([429]);
});

test('one IPv6 network is one address', async () => {
  const client = await server.register('standard');
  for (let host = 1; host <= 10; host++) {
    expect(await guess('standard', client.client_id, 1, from(`2001:db8:1:2::${host}`))).toEqual([401]);
  }
  await expectRefused(ask('standard', client, from('2001:db8:1:2:ffff::1')), tooMany);
  expect(await granted('standard', client, from('2001:db8:1:3::1'))).toBe(true);
});

test('successes cost nothing', async () => {
  const client = await server.register('standard');
  for (let time = 0; time < 200; time++) expect(await granted('standard', client, mine)).toBe(true);
});

test('successes do not renew the budget either', async () => {
  const client = await server.register('standard');
  const statuses: number[] = [];
  for (let round = 0; round < 12; round++) {
    statuses.push(...(await guess('standard', client.client_id, 1, mine)));
    if (round < 10) await ask('standard', client, mine);
  }
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
});

test('without trust_proxy nobody chooses an address', async () => {
  const own = await startTestServer();
  const client = await own.register('standard');
  const statuses: number[] = [];
  for (let time = 0; time < 12; time++) {
    const wrong = { client_id: client.client_id, client_secret: 'wrong' };
    statuses.push((await requestToken(own, 'standard', wrong, fromAnywhere())).status);
  }
  await own.close();
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
});

// A proxy appends the address it sees: what stands before that is the client's own invention.
test('behind a proxy nobody chooses an address either', async () => {
  const client = await server.register('standard');
  const statuses: number[] = [];
  for (let time = 0; time < 12; time++) {
    const invented = from(`10.1.2.${time}, 127.0.0.1, 10.9.9.${time}, 192.0.2.1`);
    statuses.push(...(await guess('standard', client.client_id, 1, invented)));
  }
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  expect(server.log.at(-1)).toMatchObject({ address: '192.0.2.1' });
});

// While one is judged, others must not slip past the count.
test.each([
  ['generated', () => server.register('standard')],
  ['chosen', () => importClient(server, 'standard', 'correct horse battery staple')],
])('guesses at once have the budget of guesses in turn, where the secret was %s', async (_kind, register) => {
  const client = await register();
  const wrong = { client_id: client.client_id, client_secret: 'guess' };
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask('standard', wrong, mine)));
  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10);
});

// In Basic an id may be percent-encoded, and one id in a million ways: it is still one client.
test('another spelling of the id is not another client', async () => {
  const client = await importClient(server, 'standard', '100%sure');
  const statuses: number[] = [];
  for (let position = 0; position < 12; position++) {
    const id = client.client_id;
    const spelled = `${id.slice(0, position)}%${Buffer.from(id).toString('hex', position, position + 1)}${id.slice(position + 1)}`;
    const headers = { ...basic(spelled, `${position}%guess`), ...mine };
    statuses.push((await post(urlOf(server, 'standard', 'token'), clientCredentials, headers)).status);
  }
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
});
