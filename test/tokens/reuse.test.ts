// Token reuse (docs/decisions/0028): a client that asks for the same again gets the same token, for as long as somebody
// has said, and never one that was ended.

import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { addClientSecret, revokeClientSecret } from '../../packages/server/src/admin/client-secrets.ts';
import { changeClient, removeClient } from '../../packages/server/src/admin/clients.ts';
import { changeIssuer } from '../../packages/server/src/admin/issuers.ts';
import { revokeSigningKey } from '../../packages/server/src/admin/keys.ts';
import { listUsage } from '../../packages/server/src/admin/usage.ts';
import { createApp } from '../authorization/app.ts';
import { setClock } from '../support/clock.ts';
import { type Credentials, introspect, issuerOf, urlOf } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { scrape } from '../support/metrics.ts';
import { asOperator } from '../support/operator.ts';
import { post, startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { createTestUser, UserAgent } from '../support/user-agent.ts';

const files = 'https://files.example.com';
/** A client that asks for nothing. */
const watched = 'watched';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    management: { port: 0 },
    issuers: [
      ...threeIssuers.map((issuer) => ({ ...issuer, token_reuse: '30s' })),
      { name: 'off', location: '/off' },
      { name: 'short', location: '/short', access_token_lifetime: 31, token_reuse: '1h' },
      { name: 'changed', location: '/changed' },
    ],
  });
  await server.register('standard', { client_id: watched });
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly access_token: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly jti: string;
}

async function ask(
  issuer: string,
  { client_id, client_secret }: Credentials,
  form: Record<string, string> = {},
): Promise<Answer> {
  const request = { grant_type: 'client_credentials', scope: 'read', client_id, client_secret, ...form };
  const response = await post(urlOf(server, issuer, 'token'), request);
  const answer = (await response.json()) as Answer;
  const jti = response.status === 200 ? String(decodeJwt(answer.access_token).jti) : '';
  return { ...answer, status: response.status, jti };
}

const jtiOf = async (...request: Parameters<typeof ask>): Promise<string> => {
  const { status, jti } = await ask(...request);
  expect(status).toBe(200);
  return jti;
};

/** How many tokens so many requests at once are given. */
async function tokensOf(requests: number, ...request: Parameters<typeof ask>): Promise<number> {
  const jtis = await Promise.all(Array.from({ length: requests }, () => jtiOf(...request)));
  return new Set(jtis).size;
}

const revoke = (issuer: string, { client_id, client_secret }: Credentials, token: string) =>
  post(urlOf(server, issuer, 'revocation'), { client_id, client_secret, token });

/** Until the server has read all changes that there are: those of its own, too, make it read a client again. */
async function settled(): Promise<void> {
  const { admin, store } = server.instance;
  const held = () => store.cachedClient('standard', watched) !== undefined;
  await eventually(async () => (await store.findClient('standard', watched)) !== undefined && held());
  await changeClient(admin, 'standard', watched, { owner: crypto.randomUUID() });
  // Changes are read in their order, so this one is the last.
  await eventually(() => !held());
}

async function register(...registration: Parameters<TestServer['register']>) {
  const registered = await server.register(...registration);
  await settled();
  return registered;
}

const untilAnother = (jti: string, ...request: Parameters<typeof ask>) =>
  eventually(async () => ![jti, ''].includes((await ask(...request)).jti));

/** Milliseconds, at the beginning of a second. */
const soon = () => Math.ceil(Date.now() / 1000) * 1000;

describe('the same token', () => {
  test('is given within the window, with what is left of its life, and is active', async () => {
    const client = await register('standard');
    const start = soon();
    setClock(start + 999);
    const first = await ask('standard', client);
    expect(first.expires_in).toBe(3600);
    setClock(start + 20_000);
    const again = await ask('standard', client);
    expect(again).toEqual({ ...first, expires_in: 3580 });
    expect(await introspect(server, 'standard', client, again.access_token)).toMatchObject({ active: true });
  });

  test.each(['trelica', 'tilia'])('is given in the dialect %s, too', async (issuer) => {
    const client = await register(issuer);
    const first = await ask(issuer, client);
    expect((await ask(issuer, client)).access_token).toBe(first.access_token);
  });

  test('is given by no issuer that nobody has told so', async () => {
    const client = await register('off');
    expect(await tokensOf(10, 'off', client)).toBe(10);
  });

  test('is given where the client says so, and not where it says otherwise', async () => {
    const own = await register('off', { token_reuse: 30 });
    const never = await register('standard', { token_reuse: 0 });
    expect(await tokensOf(10, 'off', own)).toBe(1);
    expect(await tokensOf(10, 'standard', never)).toBe(10);
  });

  test('is given for each thing asked for: another scope or resource is another token', async () => {
    const client = await register('standard');
    const forms: Record<string, string>[] = [
      { scope: 'read' },
      { scope: 'write' },
      { scope: 'read write' },
      { resource: files },
      { resource: files, scope: 'write' },
    ];
    const answers = await Promise.all(forms.map((form) => ask('standard', client, form)));
    expect(new Set(answers.map(({ jti }) => jti)).size).toBe(forms.length);
    for (const [index, form] of forms.entries()) {
      const again = await ask('standard', client, form);
      expect(again.jti).toBe(answers[index]?.jti);
      expect(again.scope).toBe(form.scope ?? 'read');
      expect(decodeJwt(again.access_token).aud).toBe(form.resource ?? 'https://api.example.com');
    }
  });

  test('is given to no other client, and to the same one at no other issuer', async () => {
    const one = await register('standard', { client_id: 'same-id' });
    const other = await register('standard');
    const elsewhere = await register('trelica', { client_id: 'same-id' });
    const jtis = await Promise.all([
      jtiOf('standard', one),
      jtiOf('standard', other),
      jtiOf('trelica', elsewhere),
    ]);
    expect(new Set(jtis).size).toBe(3);
  });

  test('is given of sixteen requests that differ; the oldest is forgotten', async () => {
    const scope = Array.from({ length: 17 }, (_, index) => `s${index}`);
    const client = await register('standard', { scope });
    const first = await jtiOf('standard', client, { scope: 's0' });
    for (const each of scope.slice(1, 16)) await jtiOf('standard', client, { scope: each });
    expect(await jtiOf('standard', client, { scope: 's0' })).toBe(first);
    await jtiOf('standard', client, { scope: 's16' });
    expect(await jtiOf('standard', client, { scope: 's0' })).not.toBe(first);
  });
});

test('codes, refresh tokens and users that a client vouches for give a token each', async () => {
  const app = await createApp(server, 'standard');
  await settled();
  const user = await createTestUser(server, undefined, { owner: 'tester' });
  const agent = new UserAgent();
  const first = await app.redeem(await app.code(agent, user));
  const second = await app.redeem(await app.code(agent, user));
  const refreshed = await app.refresh(second.refresh_token);
  // Of the last generation, within the grace: the same refresh token once more, and an access token of its own.
  const repeated = await app.refresh(second.refresh_token);
  const tokens = [first, second, refreshed, repeated].map(({ access_token }) => access_token);
  expect(new Set(tokens).size).toBe(4);
  expect(tokens).not.toContain(undefined);

  const scope = ['write_user_tokens', 'read'];
  const integrator = await register('tilia', { scope });
  const own = await ask('tilia', integrator, { scope: scope.join() });
  const vouched = async () => {
    const response = await fetch(`${server.origin}/tilia/authorize/user`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${own.access_token}` },
      body: JSON.stringify({ account_id: user.id, return_token: true }),
    });
    const { payload } = (await response.json()) as { payload: { token: { access_token: string } } };
    return payload.token.access_token;
  };
  expect(await vouched()).not.toBe(await vouched());
});

describe('at the same moment', () => {
  test('fifty requests share one signature, of a client that the server has never met', async () => {
    const client = await register('standard');
    const signatures = async () =>
      (await scrape(server)).sum('tessera_signing_duration_seconds_count', { alg: 'ES256' });
    const before = await signatures();
    expect(await tokensOf(50, 'standard', client)).toBe(1);
    expect((await signatures()) - before).toBe(1);
  });

  test('fifty requests share the next one, when the one that they were given is revoked', async () => {
    const client = await register('standard');
    const { jti, access_token } = await ask('standard', client);
    await revoke('standard', client, access_token);
    const next = await Promise.all(Array.from({ length: 50 }, () => jtiOf('standard', client)));
    expect(next).not.toContain(jti);
    expect(new Set(next).size).toBe(1);
  });

  test('a signature that fails fails those alone who wait for it', async () => {
    const client = await register('standard');
    const bystander = await register('standard');
    await Promise.all([jtiOf('standard', client, { scope: 'write' }), jtiOf('standard', bystander)]);
    const key = server.instance.keyring.signingKey('standard');
    let fail = (_reason: Error) => {};
    const sign = vi.spyOn(key, 'sign').mockReturnValueOnce(
      new Promise((_, reject) => {
        fail = reject;
      }),
    );
    const waiting = Array.from({ length: 5 }, () => ask('standard', client));
    await eventually(() => sign.mock.calls.length === 1);
    await eventually(async () => (await scrape(server)).sum('tessera_requests_in_flight') >= 5);
    const others = await Promise.all([
      ask('standard', client, { scope: 'write' }),
      ask('standard', client, { scope: 'read write' }),
      ask('standard', bystander),
    ]);
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200]);
    fail(new Error('no thread'));
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([500, 500, 500, 500, 500]);
    sign.mockRestore();
    expect(await tokensOf(5, 'standard', client)).toBe(1);
  });

  test('a wrong secret, which has the client read anew, ends no reuse', async () => {
    const client = await register('standard');
    const jti = await jtiOf('standard', client);
    expect((await ask('standard', { ...client, client_secret: 'wrong' })).status).toBe(401);
    expect(await jtiOf('standard', client)).toBe(jti);
  });
});

describe('it ends', () => {
  test('with the window, to the moment', async () => {
    const client = await register('standard');
    const start = soon();
    setClock(start + 250);
    const jti = await jtiOf('standard', client);
    setClock(start + 30_249);
    expect(await jtiOf('standard', client)).toBe(jti);
    setClock(start + 30_250);
    expect(await jtiOf('standard', client)).not.toBe(jti);
  });

  test('after half of the life of the token at the latest', async () => {
    const client = await register('short');
    const start = soon();
    setClock(start + 999);
    const { jti, expires_in } = await ask('short', client);
    expect(expires_in).toBe(31);
    setClock(start + 15_998);
    expect(await ask('short', client)).toMatchObject({ jti, expires_in: 16 });
    setClock(start + 15_999);
    const next = await ask('short', client);
    expect(next).toMatchObject({ expires_in: 31 });
    expect(next.jti).not.toBe(jti);
  });

  test('when the clock goes back', async () => {
    const client = await register('standard');
    const start = soon();
    setClock(start);
    const jti = await jtiOf('standard', client);
    setClock(start - 1);
    const earlier = await ask('standard', client);
    expect(earlier).toMatchObject({ expires_in: 3600 });
    expect(earlier.jti).not.toBe(jti);
    expect(decodeJwt(earlier.access_token).iat).toBe(start / 1000 - 1);
  });

  test('when the token is revoked, by the client or by an operator', async () => {
    const client = await register('standard');
    const { jti, access_token } = await ask('standard', client);
    expect((await revoke('standard', client, access_token)).status).toBe(200);
    const next = await jtiOf('standard', client);
    expect(next).not.toBe(jti);
    await asOperator(server, ({ store }) =>
      store.revokeToken('standard', next, Date.now() + 3_600_000, {
        client_id: client.client_id,
        issued_at: Math.floor(Date.now() / 1000),
      }),
    );
    await untilAnother(next, 'standard', client);
  });

  test.each<[what: string, change: Parameters<typeof changeClient>[3]]>([
    ['scope', { add_scope: ['more'] }],
    ['owner', { owner: 'somebody else' }],
    ['window', { token_reuse: 20 }],
  ])('when the %s of the client changes', async (_what, change) => {
    await register('standard', { scope: ['more'] });
    const client = await register('standard');
    const { jti } = await ask('standard', client);
    await asOperator(server, ({ admin }) => changeClient(admin, 'standard', client.client_id, change));
    await untilAnother(jti, 'standard', client);
    expect(await tokensOf(5, 'standard', client)).toBe(1);
  });

  test('when a secret of the client is revoked', async () => {
    const client = await register('standard');
    const { admin } = server.instance;
    const added = await addClientSecret(admin, 'standard', client.client_id, {});
    await settled();
    const jti = await jtiOf('standard', client);
    await revokeClientSecret(admin, 'standard', client.client_id, added.id);
    await untilAnother(jti, 'standard', client);
  });

  test('when the client is disabled and enabled, or deleted and registered anew', async () => {
    const client = await register('standard', { client_id: 'comes-back' });
    const { admin } = server.instance;
    const jti = await jtiOf('standard', client);
    await changeClient(admin, 'standard', client.client_id, { disabled: true });
    await changeClient(admin, 'standard', client.client_id, { disabled: false });
    await untilAnother(jti, 'standard', client);
    await settled();
    const before = await jtiOf('standard', client);
    await removeClient(admin, 'standard', client.client_id);
    const anew = await register('standard', { client_id: 'comes-back' });
    await untilAnother(before, 'standard', anew);
  });

  test('with the key: another one signs, whether the old one is revoked or not', async () => {
    const client = await register('standard');
    const first = await ask('standard', client);
    const kidOf = ({ access_token }: Answer) => decodeProtectedHeader(access_token).kid ?? '';
    await server.instance.keyring.rotate(issuerOf(server, 'standard'), Date.now());
    const second = await ask('standard', client);
    expect(kidOf(second)).not.toBe(kidOf(first));
    await revokeSigningKey(server.instance.admin, 'standard', kidOf(first));
    expect((await ask('standard', client)).jti).toBe(second.jti);
    await eventually(async () => {
      const { active } = await introspect(server, 'standard', client, first.access_token);
      return active === false;
    });
    expect((await ask('standard', client)).jti).toBe(second.jti);
  });

  test('when another API is the default, and when the issuer moves: no token names the old one', async () => {
    const change = (settings: Parameters<typeof changeIssuer>[2]) =>
      asOperator(server, ({ admin }) => changeIssuer({ ...admin, declared: [] }, 'changed', settings));
    const client = await register('changed', { token_reuse: 3600 });
    const { jti } = await ask('changed', client);
    await change({ resources: ['urn:another'] });
    await untilAnother(jti, 'changed', client);
    const another = await ask('changed', client);
    expect(decodeJwt(another.access_token).aud).toBe('urn:another');
    await change({ location: '/moved' });
    await eventually(() => issuerOf(server, 'changed').issuer.endsWith('/moved'));
    const moved = await ask('changed', client);
    expect(decodeJwt(moved.access_token).iss).toBe(`${server.origin}/moved`);
  });
});

test('an hour is the most that can be said, of an issuer and of a client', async () => {
  const admin = { ...server.instance.admin, declared: [] };
  for (const token_reuse of [3601, -1, 0.5]) {
    const message = `got ${token_reuse}, expected a whole number of seconds from 0 to 3600, such as 30`;
    const refusal = { code: 'invalid', field: 'token_reuse', message };
    const change = async () => changeClient(admin, 'standard', watched, { token_reuse });
    await expect(change()).rejects.toMatchObject(refusal);
    await expect(changeIssuer(admin, 'off', { token_reuse })).rejects.toMatchObject(refusal);
  }
});

test('nobody who asks after the answer to a revocation is given the token that was revoked', async () => {
  const client = await register('standard');
  for (let round = 0; round < 20; round += 1) {
    const { jti, access_token } = await ask('standard', client);
    let answered = false;
    const asking = Array.from({ length: 8 }, async () => {
      const late: string[] = [];
      for (let request = 0; request < 6; request += 1) {
        const isLate = answered;
        const given = await jtiOf('standard', client);
        if (isLate) late.push(given);
      }
      return late;
    });
    const { status } = await revoke('standard', client, access_token);
    answered = true;
    expect(status).toBe(200);
    const late = (await Promise.all(asking)).flat();
    expect(late).not.toContain(jti);
    expect(await jtiOf('standard', client)).not.toBe(jti);
  }
});

test('each request is a line of the log and a token of the usage; those that share one say so', async () => {
  const client = await register('standard');
  const { client_id } = client;
  const reused = async () =>
    (await scrape(server)).sum('tessera_tokens_reused_total', { issuer: 'standard' });
  const before = await reused();
  const { jti } = await ask('standard', client);
  await Promise.all(Array.from({ length: 4 }, () => ask('standard', client)));
  const lines = server.log.filter((line) => line.msg === 'token issued' && line.client_id === client_id);
  expect(lines.map((line) => [line.jti, line.reused])).toEqual([
    [jti, undefined],
    ...Array.from({ length: 4 }, () => [jti, true]),
  ]);
  expect(new Set(lines.map(({ request_id }) => request_id)).size).toBe(5);
  expect((await reused()) - before).toBe(4);
  await eventually(async () => {
    const { items } = await listUsage(server.instance.admin, { issuer: 'standard', client_id }, { limit: 9 });
    return items.reduce((sum, { tokens }) => sum + tokens, 0) === 5;
  });
});
