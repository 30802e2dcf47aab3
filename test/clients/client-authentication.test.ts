// How clients prove who they are (RFC 6749 §2.3.1, RFC 7617): whatever the secret, in every way and spelling.

import type { EndpointName } from '@tessera-oauth/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromAnywhere } from '../support/addresses.ts';
import { expectRefused } from '../support/answers.ts';
import { type Credentials, clientCredentials, dialectNames, urlOf } from '../support/endpoints.ts';
import { asOperator, importClient, registerAsOperator } from '../support/operator.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
  // From then on its issuer is known to have chosen secrets.
  for (const issuer of dialectNames) await importClient(server, issuer, 'the first');
});
afterAll(() => server.close());

/** As HTML forms encode (a blank becomes “+”), which RFC 6749 §2.3.1 asks of both halves. */
const formEncoded = (value: string) => new URLSearchParams({ v: value }).toString().slice(2);

/** Every way in which a client may present its secret. */
const ways: Readonly<
  Record<string, (client: Credentials) => [Record<string, string>, Record<string, string>]>
> = {
  'in the body': ({ client_id, client_secret }) => [{ client_id, client_secret }, {}],
  'in Basic, as it is': ({ client_id, client_secret }) => [{}, basic(client_id, client_secret)],
  'in Basic, form-encoded': ({ client_id, client_secret }) => [
    {},
    basic(formEncoded(client_id), formEncoded(client_secret)),
  ],
  'in Basic, percent-encoded': ({ client_id, client_secret }) => [
    {},
    basic(encodeURIComponent(client_id), encodeURIComponent(client_secret)),
  ],
  'in Basic, with only the id encoded': ({ client_id, client_secret }) => [
    {},
    basic(formEncoded(client_id), client_secret),
  ],
};

async function present(issuer: string, client: Credentials, way: string, endpoint: EndpointName = 'token') {
  const [form, headers] = ways[way]?.(client) ?? [{}, {}];
  return post(
    urlOf(server, issuer, endpoint),
    { ...clientCredentials, token: 'x', ...form },
    { ...headers, ...fromAnywhere() },
  );
}

test('a secret that is left of an earlier registration does not stand in for another method', async () => {
  const registered = await registerAsOperator(server, 'standard');
  const chosen = await importClient(server, 'standard', 'left over');
  await asOperator(server, ({ admin }) =>
    admin.db
      .updateTable('clients')
      .set({ token_endpoint_auth_method: 'none' })
      .where('client_id', 'in', [registered.client_id, chosen.client_id])
      .execute(),
  );
  for (const client of [registered, chosen])
    for (const way of Object.keys(ways))
      await expectRefused(await present('standard', client, way), { status: 401, error: 'invalid_client' });
  const reasons = new Set(
    server.log.filter(({ client_id }) => client_id === registered.client_id).map(({ reason }) => reason),
  );
  expect(reasons).toEqual(new Set(['method_not_registered']));
});

describe.each(dialectNames)('secrets that people chose, at %s', (issuer) => {
  const telling = ['päss wörd:+%€', '%zz%', '::a:b::', 'a%2Bb+c'];
  // How they are read is not the dialect's: all of them at one, and at the others the telling ones.
  const more = [
    'a+b',
    'a b',
    'a%2Bb',
    '100%',
    ':',
    '+',
    '%25',
    '&client_id=x',
    '=',
    '"quoted" \\ \u007f',
    '\u{1f512} \u{10ffff}',
    'a b',
    'a\t\r\nb',
  ];
  test.each(issuer === 'standard' ? [...telling, ...more] : telling)('%j', async (chosen) => {
    // An id that encoding changes, and that a colon does not cut short.
    const client_id = `acme@${crypto.randomUUID()}`;
    const client = await server.register(issuer, { client_id, secret: { chosen } });
    for (const way of Object.keys(ways)) {
      const response = await present(issuer, client, way);
      expect([way, response.status]).toEqual([way, 200]);
    }
    // Nearly right is wrong, and the body is decoded once and no further.
    const nearly = [`${chosen}x`, chosen.slice(1), encodeURIComponent(chosen), formEncoded(chosen)];
    for (const client_secret of nearly.filter((text) => text !== chosen)) {
      await expectRefused(present(issuer, { ...client, client_secret }, 'in the body'));
    }
  });
});

test('any secret works in every way', async () => {
  const character = fc.oneof(
    fc.constantFrom('%', '+', ':', ' ', '4', '1'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const secret = fc
    .string({ unit: character, minLength: 1, maxLength: 100 })
    .filter((chosen) => !chosen.includes('\0') && chosen === chosen.trim());
  // Without a colon, which Basic can carry encoded alone.
  const id = fc.stringMatching(/^[A-Za-z0-9._~@/-]{1,40}$/);
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(secret, id, async (chosen, name) => {
      const client_id = `${name}-${seen.size}`;
      seen.add(client_id);
      const client = await server.register('standard', { client_id, secret: { chosen } });
      for (const way of Object.keys(ways)) {
        const response = await present('standard', client, way);
        expect([way, response.status]).toEqual([way, 200]);
      }
    }),
    { numRuns: 30 },
  );
});

test('an id with a colon works encoded, and in the body', async () => {
  const client = await server.register('standard', { client_id: 'urn:acme:billing' });
  expect((await present('standard', client, 'in Basic, form-encoded')).status).toBe(200);
  expect((await present('standard', client, 'in the body')).status).toBe(200);
  // RFC 7617 §2: the first colon ends the user-id.
  await expectRefused(present('standard', client, 'in Basic, as it is'), { error: 'invalid_client' });
});

describe('what a request presents beside its credential', () => {
  const basicOf = ({ client_id, client_secret }: Credentials) =>
    basic(client_id, client_secret).authorization ?? '';
  const other = { client_id: 'somebody', client_secret: 'else' };
  const cases: [
    what: string,
    header: (c: Credentials) => string,
    body: (c: Credentials) => object,
    ok: boolean,
  ][] = [
    ['the same pair', (c) => basicOf(c), (c) => c, true],
    ['the same secret', (c) => basicOf(c), ({ client_secret }) => ({ client_secret }), true],
    ['an old token', () => 'Bearer x.y.z', (c) => c, true],
    ['another scheme', () => 'Digest username="a"', (c) => c, true],
    ['an empty header', () => '', (c) => c, true],
    ['an empty Basic', () => 'Basic', (c) => c, true],
    ['a Basic of two empty halves', () => basicOf({ client_id: '', client_secret: '' }), (c) => c, true],
    ['a Basic of undefined', () => 'Basic undefined', (c) => c, true],
    [
      'a Basic of undefined:undefined',
      () => basicOf({ client_id: 'undefined', client_secret: 'undefined' }),
      (c) => c,
      true,
    ],
    ['a Basic that cannot be read', () => 'Basic %%%', (c) => c, true],
    ['another pair in the body', (c) => basicOf(c), () => other, false],
    ['another pair in the header', () => basicOf(other), (c) => c, false],
    ['another secret in the body', (c) => basicOf(c), () => ({ client_secret: 'else' }), false],
    ['another id in the body', (c) => basicOf(c), () => ({ client_id: 'somebody' }), false],
    ['another secret of the same id', (c) => basicOf({ ...c, client_secret: 'else' }), (c) => c, false],
    [
      'a good pair beside an empty id',
      ({ client_secret }) => basicOf({ client_id: '', client_secret }),
      (c) => c,
      false,
    ],
  ];

  test.each(['trelica', 'tilia'])(
    'at %s: nothing new is ignored, and what differs is refused',
    async (issuer) => {
      const { client_id, client_secret } = await server.register(issuer);
      const client = { client_id, client_secret };
      for (const [what, header, body, ok] of cases) {
        const form = { ...clientCredentials, ...body(client) };
        const headers = { ...fromAnywhere(), authorization: header(client) };
        const { status } = await post(urlOf(server, issuer, 'token'), form, headers);
        expect([what, status]).toEqual([what, ok ? 200 : 400]);
      }
    },
  );

  test('at the standard dialect: all of it is refused (RFC 6749 §2.3)', async () => {
    const { client_id, client_secret } = await server.register('standard');
    const client = { client_id, client_secret };
    for (const [what, header, body] of cases) {
      const form = { ...clientCredentials, ...body(client) };
      const headers = { ...fromAnywhere(), authorization: header(client) };
      const { status } = await post(urlOf(server, 'standard', 'token'), form, headers);
      expect([what, status]).toEqual([what, 400]);
    }
  });

  test('a header that is none stands beside a public client', async () => {
    const { client_id } = await server.register('trelica', { public: true });
    const form = { grant_type: 'authorization_code', code: 'x', client_id };
    const headers = { ...fromAnywhere(), authorization: 'Bearer x.y.z' };
    const response = await post(urlOf(server, 'trelica', 'token'), form, headers);
    expect(await response.json()).toEqual({ error: 'invalid_grant' });
  });
});
