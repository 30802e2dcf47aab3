// Refusals do not tell which clients exist, or how their secrets are stored: they are the same, byte for byte.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addClientSecret, revokeClientSecret } from '../../packages/server/src/admin/client-secrets.ts';
import { changeClient } from '../../packages/server/src/admin/clients.ts';
import { fromAnywhere } from '../support/addresses.ts';
import { type Answer, answerOf } from '../support/answers.ts';
import {
  type Credentials,
  clientCredentials,
  dialectNames,
  dialectsWithPublicClients,
  urlOf,
} from '../support/endpoints.ts';
import { asOperator, importClient, registerAsOperator } from '../support/operator.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
});
afterAll(() => server.close());

/** Credentials that are refused, each for another reason. */
async function refusedCredentials(issuer: string): Promise<Record<string, Credentials>> {
  const known = await registerAsOperator(server, issuer);
  const chosen = await importClient(server, issuer, 'correct horse battery staple');
  const open = await registerAsOperator(server, issuer, {
    public: dialectsWithPublicClients.some((name) => name === issuer),
  });
  const disabled = await registerAsOperator(server, issuer);
  const revoked = await registerAsOperator(server, issuer);
  const expired = await asOperator(server, async ({ admin }) => {
    await changeClient(admin, issuer, disabled.client_id, { disabled: true });
    await revokeClientSecret(admin, issuer, revoked.client_id, revoked.client.secrets[0]?.id ?? '');
    const then = Date.now() - 1000;
    return addClientSecret({ ...admin, now: () => then }, issuer, known.client_id, { expires_at: then + 1 });
  });
  const wrong = crypto.randomUUID();
  return {
    'an unknown client': { client_id: crypto.randomUUID(), client_secret: wrong },
    'a wrong secret': { client_id: known.client_id, client_secret: wrong },
    'a wrong secret for a chosen one': { client_id: chosen.client_id, client_secret: wrong },
    'a secret for a public client': { client_id: open.client_id, client_secret: wrong },
    'the secret of another client': { client_id: known.client_id, client_secret: chosen.client_secret },
    'a disabled client': disabled,
    'a revoked secret': revoked,
    'an expired secret': { client_id: known.client_id, client_secret: expired.client_secret ?? '' },
    'a client of another issuer': await registerAsOperator(server, issuer === 'tilia' ? 'trelica' : 'tilia'),
  };
}

/** All of an answer but what is of the moment. */
const lasting = ({ status, headers: { date, 'x-request-id': id, ...headers }, body }: Answer) => {
  expect(id).toMatch(/./);
  return { status, headers, body };
};

describe.each(dialectNames)('%s', (issuer) => {
  let refused: Record<string, Credentials>;
  beforeAll(async () => {
    refused = await refusedCredentials(issuer);
  });

  // Without that, anybody could find out which client_ids exist, and guess only where it may lead somewhere.
  test.each(['token', 'introspection', 'revocation'] as const)('%s refuses all alike', async (endpoint) => {
    const url = urlOf(server, issuer, endpoint);
    const form = { ...clientCredentials, token: 'x' };
    const answers: Record<string, unknown> = {};
    for (const [reason, { client_id, client_secret }] of Object.entries(refused)) {
      const inBody = await post(url, { ...form, client_id, client_secret }, fromAnywhere());
      const inHeader = await post(url, form, { ...basic(client_id, client_secret), ...fromAnywhere() });
      answers[`${reason}, in the body`] = lasting(await answerOf(inBody));
      answers[`${reason}, in the header`] = lasting(await answerOf(inHeader));
    }
    const [first] = Object.values(answers);
    expect(first).toMatchObject({ status: issuer === 'standard' ? 401 : 400 });
    expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((reason) => [reason, first])));
  });

  // The operator, by contrast, is told.
  test('the log has the reason of each', async () => {
    const url = urlOf(server, issuer, 'token');
    const ids = await Promise.all(
      Object.values(refused).map(async ({ client_id, client_secret }) => {
        const answer = await post(url, { ...clientCredentials, client_id, client_secret }, fromAnywhere());
        return answer.headers.get('x-request-id');
      }),
    );
    const lines = server.log.filter(({ request_id }) => ids.includes(String(request_id)));
    expect(new Set(lines.map(({ reason }) => reason))).toEqual(
      new Set(['client_unknown', 'secret_wrong', 'client_disabled', 'secret_revoked', 'secret_expired']),
    );
  });
});
