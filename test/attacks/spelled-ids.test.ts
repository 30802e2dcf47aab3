// One client, whatever the spelling of its id: its budget of failures is one (RFC 6749 §2.3.1).

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fromAnywhere } from '../support/addresses.ts';
import { expectRefused } from '../support/answers.ts';
import { clientCredentials, requestToken, urlOf } from '../support/endpoints.ts';
import { importClient } from '../support/operator.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
});
afterAll(() => server.close());

/** Of each test its own: its budget is whole. */
let mine: Record<string, string>;
beforeEach(() => {
  mine = fromAnywhere();
});

/** Fails once in the name of a client; returns the status. */
const guess = async (client_id: string) =>
  (await requestToken(server, 'standard', { client_id, client_secret: 'guess' }, mine)).status;

// In Basic such an id stands in two spellings, and the client is known by both.
test('a client whose id must be encoded is known where it works, like any other', async () => {
  const client = await server.register('standard', { client_id: 'urn:acme:billing' });
  const credentials = basic(encodeURIComponent(client.client_id), client.client_secret);
  const works = async () => {
    const headers = { ...credentials, ...mine };
    return (await post(urlOf(server, 'standard', 'token'), clientCredentials, headers)).status === 200;
  };
  expect(await works()).toBe(true);
  for (let victim = 0; victim < 50; victim++) await guess(`client-${victim}`);
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
    expect(await guess(`client-${victim}`)).toBe(401);
  }
  expect(await guess('client-40')).toBe(429);
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
