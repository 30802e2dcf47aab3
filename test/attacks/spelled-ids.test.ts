// One client, whatever the spelling of its id: its failures are counted as one client's (RFC 6749 §2.3.1).

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { from, fromAnywhere } from '../support/addresses.ts';
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

// In Basic such an id stands in two spellings, and the client is known by both.
test('a client whose id must be encoded is known where it works, like any other', async () => {
  const { client_id, client_secret } = await importClient(server, 'standard', 'correct horse', {
    client_id: 'urn:acme:billing',
  });
  const works = async () => {
    const headers = { ...basic(encodeURIComponent(client_id), client_secret), ...mine };
    return (await post(urlOf(server, 'standard', 'token'), clientCredentials, headers)).status === 200;
  };
  expect(await works()).toBe(true);
  for (let network = 0; network < 5; network++) {
    const stranger = { client_id, client_secret: 'guess' };
    for (let time = 0; time < 5; time++)
      await requestToken(server, 'standard', stranger, from(`203.${network}.1.1`));
  }
  expect(await works()).toBe(true);
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
