// What the line of a refusal tells the operator: the client, where it is known, and what was refused, in a form that is safe
// to read; and what the answer tells the client's developer, where that gives an attacker nothing.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, callback, createApp } from '../authorization/app.ts';
import { urlOf } from '../support/endpoints.ts';
import { importClient } from '../support/operator.ts';
import { post, startTestServer, type TestServer } from '../support/server.ts';
import { headingOf, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let app: App;
beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, 'standard', { redirect_uris: [callback, 'https://app.example/second'] });
});
afterAll(() => server.close());

const lastLine = () => server.log.findLast(({ msg }) => msg === 'refused') ?? {};

/** At the token endpoint, with good credentials. */
const ask = (form: string, headers: Record<string, string> = {}) =>
  post(urlOf(server, 'standard', 'token'), form, {
    authorization: `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`,
    ...headers,
  });

const tokenCases: [form: string, reason: string, parameter: string, value: string | undefined][] = [
  ['grant_type=password', 'grant_type_unsupported', 'grant_type', 'password'],
  ['scope=read', 'grant_type_missing', 'grant_type', undefined],
  ['grant_type=client_credentials&scope=fly', 'scope_not_allowed', 'scope', 'fly'],
  [
    'grant_type=client_credentials&resource=https://b.example',
    'resource_unknown',
    'resource',
    'https://b.example',
  ],
  ['grant_type=authorization_code&code=secret-code', 'code_unknown', 'code', undefined],
  ['grant_type=authorization_code&code=x&code_verifier=short', 'code_unknown', 'code', undefined],
  ['grant_type=refresh_token&refresh_token=secret', 'refresh_token_unknown', 'refresh_token', undefined],
  ['grant_type=refresh_token', 'refresh_token_missing', 'refresh_token', undefined],
  [
    'grant_type=a%1b[31m%E2%80%AE%0d%0ab',
    'grant_type_unsupported',
    'grant_type',
    'a\\u{1b}[31m\\u{202e}\\u{d}\\u{a}b',
  ],
];
test.each(tokenCases)('of a client that has authenticated: %s', async (form, reason, parameter, value) => {
  await ask(form);
  const line = lastLine();
  expect([line.reason, line.parameter, line.value]).toEqual([reason, parameter, value]);
  expect(line.client_id).toBe(app.client_id);
  expect(JSON.stringify(line)).not.toContain('secret');
});

test('what is long is cut', async () => {
  await ask(`grant_type=${'x'.repeat(300)}`);
  expect(lastLine().value).toBe(`${'x'.repeat(200)}… (300 characters)`);
});

test('of what is longer than anybody types the length is told: it is not compared with what may be a secret', async () => {
  await ask(`grant_type=${'x'.repeat(5000)}`);
  expect(lastLine().value).toBe('… (5000 characters)');
});

const formCases: [
  what: string,
  form: string,
  headers: Record<string, string>,
  status: number,
  words: RegExp,
  line: object,
][] = [
  ['twice', 'scope=a&scope=b', {}, 400, /scope parameter stands more than once/, { parameter: 'scope' }],
  [
    'a file',
    'grant_type=client_credentials\r\n',
    {},
    400,
    /line break.*grant_type/,
    { reason: 'line_break' },
  ],
  [
    'a file',
    'grant_type=client_credentials&scope=read\n',
    {},
    400,
    /line break.*scope/,
    { parameter: 'scope' },
  ],
  ['a BOM', '\uFEFFgrant_type=client_credentials', {}, 400, /byte order mark/, { reason: 'byte_order_mark' }],
  [
    'JSON',
    '{}',
    { 'content-type': 'application/json' },
    400,
    /urlencoded/,
    { parameter: 'Content-Type', value: 'application/json' },
  ],
  ['broken', 'grant_type=client_credentials&scope=%zz', {}, 400, /percent/, { parameter: 'scope' }],
  ['NUL', 'grant_type=a%00', {}, 400, /NUL/, { parameter: 'grant_type' }],
];
test.each(formCases)('of the form of a request: %s', async (_what, form, headers, status, words, line) => {
  const response = await ask(form, headers);
  expect(response.status).toBe(status);
  expect(((await response.json()) as { error_description: string }).error_description).toMatch(words);
  expect(lastLine()).toMatchObject(line);
});

test.each(['token', 'introspection', 'revocation'] as const)('a compressed body at %s', async (endpoint) => {
  const response = await fetch(urlOf(server, 'standard', endpoint), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
    body: gzipSync('grant_type=client_credentials'),
  });
  expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'identity']);
  expect(await response.text()).toContain('Content-Encoding');
  expect(lastLine()).toMatchObject({ parameter: 'Content-Encoding', value: 'gzip' });
});

test('parameters that nobody knows may stand twice (RFC 6749 §3.1)', async () => {
  const response = await ask('grant_type=client_credentials&utm=a&utm=b');
  expect(response.status).toBe(200);
  const { location = '' } = await new UserAgent().get(`${app.url({ prompt: 'none' })}&utm=a&utm=b`);
  expect(location).toContain('error=login_required');
  const page = await new UserAgent().get(`${app.url()}&utm=a&utm=b`);
  expect([page.status, page.text.includes('/account/sign-in')]).toEqual([200, true]);
});

test.each([
  'grant_type',
  'scope',
  'code',
  'redirect_uri',
  'code_verifier',
  'client_id',
  'client_secret',
  'refresh_token',
])('%s twice is refused, whatever the grant', async (name) => {
  await ask(`grant_type=client_credentials&${name}=a&${name}=a`);
  expect(lastLine()).toMatchObject({ reason: 'duplicate_parameter', parameter: name });
});

const authorizationCases: [what: string, change: Record<string, string | undefined>, line: object][] = [
  [
    'a slash too many',
    { redirect_uri: `${callback}/` },
    { reason: 'redirect_uri_unknown', parameter: 'redirect_uri', value: `${callback}/` },
  ],
  [
    'no redirect URI',
    { redirect_uri: undefined },
    { reason: 'redirect_uri_missing', parameter: 'redirect_uri' },
  ],
  ['a prompt', { prompt: 'create' }, { parameter: 'prompt', value: 'create' }],
  ['a response type', { response_type: 'token' }, { parameter: 'response_type', value: 'token' }],
  ['a response mode', { response_mode: 'jwt' }, { parameter: 'response_mode', value: 'jwt' }],
  ['a max_age', { max_age: 'soon' }, { parameter: 'max_age', value: 'soon' }],
  ['a scope', { scope: 'fly' }, { parameter: 'scope', value: 'fly' }],
];
test.each(authorizationCases)('of an authorization request: %s', async (_what, change, line) => {
  await new UserAgent().get(app.url(change));
  expect(lastLine()).toMatchObject({ client_id: app.client_id, ...line });
});

test('a redirect URI that is missing has a headline of its own', async () => {
  const headings = await Promise.all(
    [undefined, 'https://elsewhere.example/'].map(async (redirect_uri) =>
      headingOf(await new UserAgent().get(app.url({ redirect_uri }))),
    ),
  );
  expect(headings).toEqual(['The app did not say where to send you', 'This link is not safe to follow']);
});

test('a secret with white space around it is named as such, and no other', async () => {
  const chosen = await importClient(server, 'standard', 'a secret that somebody chose');
  const { client_id, client_secret } = app;
  const cases: [client_id: string, secret: string, cause: unknown][] = [
    [client_id, `${client_secret}\n`, 'right without the white space around it'],
    [client_id, ` ${client_secret}\r\n`, 'right without the white space around it'],
    [client_id, `${client_secret}x `, undefined],
    [client_id, 'x', undefined],
    [chosen.client_id, 'a secret that somebody chose ', undefined],
  ];
  for (const [client_id, client_secret, cause] of cases) {
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    const response = await post(urlOf(server, 'standard', 'token'), form);
    expect([response.status, await response.json()]).toEqual([
      401,
      { error: 'invalid_client', error_description: 'Client authentication failed.' },
    ]);
    expect([lastLine().reason, lastLine().cause]).toEqual(['secret_wrong', cause]);
  }
  const form = { grant_type: 'client_credentials', client_id: ` ${client_id}`, client_secret };
  await post(urlOf(server, 'standard', 'token'), form);
  expect(lastLine().client_id_hint).toMatch(/with white space around it/);
});
