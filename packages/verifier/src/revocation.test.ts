// Revoked tokens: which answers of the deny-list and of introspection count, and what follows when there is none.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  audience,
  type FakeIssuer,
  goodClaims,
  newKey,
  type SigningPair,
  sign,
  silent,
  startIssuer,
} from '../../../test/verifier/issuer.ts';
import type { RevocationOptions } from './revocation.ts';
import { createVerifier } from './verifier.ts';
import { VerifierError } from './verifier-error.ts';

const now = () => Math.floor(Date.now() / 1000);
let key: SigningPair;
let server: FakeIssuer;
let token: string;
beforeEach(async () => {
  key = await newKey();
  server = await startIssuer([key.jwk], { deny_list_uri: '/deny', introspection_endpoint: '/introspect' });
  token = await sign(key, goodClaims(server.issuer));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

function monotonicLater(ms: number): void {
  vi.restoreAllMocks();
  const real = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => real() + ms);
}

const verifierOf = (revocation: RevocationOptions) =>
  createVerifier({ issuer: server.issuer, audience, revocation, logger: silent });
const codeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'good',
    (error: unknown) => (error instanceof VerifierError ? error.code : Promise.reject(error)),
  );

/** Publishes a deny-list, good but for `claims` and `header`. */
async function publish(claims: object = {}, header: object = {}, by = key): Promise<void> {
  const good = { iss: server.issuer, iat: now(), exp: now() + 300, denied: [], clients: {} };
  const text = await sign(by, { ...good, ...claims }, { typ: 'deny-list+jwt', ...header });
  const etag = `"${text.length}"`;
  server.at.set('/deny', (request, response) => {
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag }).end(text);
  });
}

test('a grant on the list ends the tokens that begin with it, and no others', async () => {
  await publish({ denied: ['grant-1', 'other'] });
  const verifier = verifierOf({ by: 'deny_list' });
  const code = async (jti: string) =>
    codeOf(verifier.verify(await sign(key, goodClaims(server.issuer, { jti }))));
  expect(await code('grant-1.abc')).toBe('token_revoked');
  expect(await code('grant-1')).toBe('token_revoked');
  expect(await code('grant-12.abc')).toBe('good');
  expect(await code('abc.grant-1')).toBe('good');
});

test('a thousand verifications at once are one fetch; the next fetch comes one interval later', async () => {
  await publish();
  const verifier = verifierOf({ by: 'deny_list', interval: 5 });
  const many = () => Promise.all(Array.from({ length: 1000 }, () => verifier.verify(token)));
  await many();
  await many();
  expect(server.count('/deny')).toBe(1);
  await publish({ denied: ['token-1'] });
  monotonicLater(5000);
  expect(await codeOf(verifier.verify(token))).toBe('token_revoked');
  expect(server.count('/deny')).toBe(2);
});

test('an unchanged list is a 304, and stays in force', async () => {
  await publish({ denied: ['token-1'] });
  const verifier = verifierOf({ by: 'deny_list', interval: 5 });
  for (const later of [0, 5000, 10_001]) {
    monotonicLater(later);
    expect(await codeOf(verifier.verify(token))).toBe('token_revoked');
  }
  expect(server.count('/deny')).toBe(3);
});

test.each<[what: string, make: () => Promise<void>]>([
  ['another typ', () => publish({}, { typ: 'at+jwt' })],
  ['another issuer', () => publish({ iss: 'https://evil.example' })],
  ['an end that is past', () => publish({ exp: now() - 1 })],
  ['a key that is not the issuer’s', async () => publish({}, {}, await newKey('ES256', key.kid))],
  ['a time of the future', () => publish({ iat: now() + 60 })],
  ['no time', () => publish({ iat: undefined })],
  ['no end', () => publish({ exp: '9999999999' })],
  ['clients that are null', () => publish({ clients: null })],
  ['a client’s time that is text', () => publish({ clients: { a: 'b' } })],
  ['lists in lists', () => publish({ denied: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) })],
  ['no list in it', () => publish({ denied: undefined })],
  [
    'an access token in its place',
    async () => void server.at.set('/deny', (_r, response) => void response.end(token)),
  ],
  ['nothing at its place', async () => {}],
  [
    'a page in its place',
    async () => void server.at.set('/deny', (_r, response) => void response.end('<html>')),
  ],
])('a deny-list with %s is refused, and no token is good without one', async (_what, make) => {
  await make();
  expect(await codeOf(verifierOf({ by: 'deny_list' }).verify(token))).toBe('revocation_unknown');
});

test('while the server is unavailable the last list is used, up to the tolerance and no longer', async () => {
  await publish();
  const verifier = verifierOf({ by: 'deny_list', interval: 5, tolerance: 60 });
  expect(await codeOf(verifier.verify(token))).toBe('good');
  server.unavailable = true;
  monotonicLater(30_000);
  expect(await codeOf(verifier.verify(token))).toBe('good');
  monotonicLater(61_000);
  expect(await codeOf(verifier.verify(token))).toBe('revocation_unknown');
  server.unavailable = false;
  monotonicLater(63_000);
  expect(await codeOf(verifier.verify(token))).toBe('good');
});

test('a list that is older than the last one is refused, and the last one stays in force', async () => {
  await publish({ denied: ['token-1'], iat: now() - 60 });
  const verifier = verifierOf({ by: 'deny_list', interval: 5, tolerance: 60 });
  expect(await codeOf(verifier.verify(token))).toBe('token_revoked');
  await publish({ iat: now() - 120 });
  for (const later of [5000, 10_000, 59_000]) {
    monotonicLater(later);
    expect(await codeOf(verifier.verify(token))).toBe('token_revoked');
  }
  monotonicLater(61_000);
  expect(await codeOf(verifier.verify(token))).toBe('revocation_unknown');
  // As new as the last one is new enough: a server rounds the time.
  await publish({ iat: now() - 60, jti: 'another' });
  monotonicLater(63_000);
  expect(await codeOf(verifier.verify(token))).toBe('good');
});

test('introspection is one request for all callers, with the credentials encoded as RFC 6749 §2.3.1 says', async () => {
  const asked: string[] = [];
  server.at.set('/introspect', (request, response) => {
    asked.push(Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString());
    response.end('{"active":true}');
  });
  const client = { client_id: 'a:b', client_secret: 'c d%+ä' };
  const verifier = verifierOf({ by: 'introspection', ...client, keep: 10 });
  await Promise.all(Array.from({ length: 100 }, () => verifier.verify(token)));
  expect(asked).toEqual(['a%3Ab:c+d%25%2B%C3%A4']);
  monotonicLater(10_001);
  server.at.set('/introspect', (_request, response) => void response.end('{"active":false}'));
  expect(await codeOf(verifier.verify(token))).toBe('token_revoked');
});

test.each(['{}', '{"active":"true"}', 'null', '', '{"active":1}'])(
  'introspection that says %j has said nothing, and is asked again',
  async (answer) => {
    server.at.set('/introspect', (_request, response) => void response.end(answer));
    const verifier = verifierOf({ by: 'introspection', client_id: 'a', client_secret: 'b' });
    expect(await codeOf(verifier.verify(token))).toBe('revocation_unknown');
    server.at.set('/introspect', (_request, response) => void response.end('{"active":true}'));
    expect(await codeOf(verifier.verify(token))).toBe('good');
  },
);

test('a token that is not good by itself is not introspected', async () => {
  const expired = await sign(key, goodClaims(server.issuer, { exp: now() - 60 }));
  const verifier = verifierOf({ by: 'introspection', client_id: 'a', client_secret: 'b' });
  expect(await codeOf(verifier.verify(expired))).toBe('token_expired');
  expect(server.count('/introspect')).toBe(0);
});
