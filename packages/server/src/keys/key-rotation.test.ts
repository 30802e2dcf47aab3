// Rotation as clients and APIs see it: by HTTP, while the operator works through a process of their own.

import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerOf } from '../../../../test/support/answers.ts';
import { dialectNames, introspect, issuerOf, issueToken, urlOf } from '../../../../test/support/endpoints.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { asOperator } from '../../../../test/support/operator.ts';
import { startTestServer, type TestServer, threeIssuers } from '../../../../test/support/server.ts';
import { revokeKey } from '../store/tables/signing-keys.ts';
import { publicationLead } from './key-state.ts';

let server: TestServer;
afterEach(() => server.close());

const keySet = async (issuer: string, headers: Record<string, string> = {}) =>
  answerOf(await fetch(urlOf(server, issuer, 'jwks'), { headers }));
const kidsOf = (body: string) => (JSON.parse(body) as JSONWebKeySet).keys.map(({ kid }) => kid);

/** Rotates as `tessera key rotate` does; returns the new kid once the server publishes it. */
async function rotate(issuer: string, lead: number): Promise<string> {
  const kid = await asOperator(server, async ({ keyring }) => {
    const key = await keyring.rotate(issuerOf(server, issuer), Date.now() + lead);
    return key?.kid ?? '';
  });
  await eventually(async () => kidsOf((await keySet(issuer)).body).includes(kid));
  return kid;
}

/** The kid of the published key that made a token's signature. */
async function verify(issuer: string, token: string): Promise<string | undefined> {
  const keys = JSON.parse((await keySet(issuer)).body) as JSONWebKeySet;
  for (const key of keys.keys) {
    const verified = await compactVerify(token, createLocalJWKSet({ keys: [key] })).catch(() => undefined);
    if (verified !== undefined) return key.kid;
  }
  return undefined;
}

describe.each(dialectNames)('%s', (issuer) => {
  beforeEach(async () => {
    server = await startTestServer({ issuers: threeIssuers.filter(({ name }) => name === issuer) });
  });

  test('tokens from before a rotation stay good, and new ones have the new key', async () => {
    const client = await server.register(issuer);
    const old = await issueToken(server, issuer, client);
    const [oldKid] = kidsOf((await keySet(issuer)).body);
    expect(await verify(issuer, old)).toBe(oldKid);
    const kid = await rotate(issuer, 0);
    const fresh = await issueToken(server, issuer, client);
    expect(await verify(issuer, fresh)).toBe(kid);
    expect(await verify(issuer, old)).toBe(oldKid);
    const named = issuer === 'tilia' ? undefined : kid;
    expect(decodeProtectedHeader(fresh).kid).toBe(named);
    for (const token of [old, fresh]) {
      expect(await introspect(server, issuer, client, token)).toMatchObject({ active: true });
    }
  });

  test('a key in waiting is published and does not sign', async () => {
    const client = await server.register(issuer);
    const [oldKid] = kidsOf((await keySet(issuer)).body);
    const kid = await rotate(issuer, publicationLead);
    expect(kidsOf((await keySet(issuer)).body)).toEqual([oldKid, kid]);
    expect(await verify(issuer, await issueToken(server, issuer, client))).toBe(oldKid);
  });

  // A stolen key makes tokens that look like the server's own, until it is published no more.
  test('a key that is distrusted takes its tokens with it, within a second', async () => {
    const client = await server.register(issuer);
    const old = await issueToken(server, issuer, client);
    const [oldKid = ''] = kidsOf((await keySet(issuer)).body);
    const kid = await rotate(issuer, 0);
    const fresh = await issueToken(server, issuer, client);
    expect(await asOperator(server, ({ store }) => revokeKey(store.db, issuer, oldKid, Date.now()))).toBe(
      true,
    );
    await eventually(async () => kidsOf((await keySet(issuer)).body).join() === kid);
    expect(await introspect(server, issuer, client, old)).toEqual({ active: false });
    expect(await introspect(server, issuer, client, fresh)).toMatchObject({ active: true });
  });

  // RFC 9110 §13.1.2: a verifier that has the set pays nothing to ask again.
  test('the ETag is of the set', async () => {
    const { headers, body } = await keySet(issuer);
    const { etag = '' } = headers;
    expect(etag).toMatch(/^"[\w-]+"$/);
    expect(headers['cache-control']).toBe('public, max-age=300');
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await keySet(issuer, { 'if-none-match': known });
      expect(again).toMatchObject({ status: 304, body: '', headers: { etag } });
      expect(again.headers['content-length']).toBeUndefined();
    }
    for (const unknown of ['"other"', etag.slice(1, -1), 'W/"other"']) {
      expect(await keySet(issuer, { 'if-none-match': unknown })).toMatchObject({ status: 200, body });
    }
    await rotate(issuer, publicationLead);
    const after = await keySet(issuer, { 'if-none-match': etag });
    expect(after.status).toBe(200);
    expect(after.headers.etag).not.toBe(etag);
  });
});

test('other issuers keep their keys', async () => {
  server = await startTestServer();
  const others = dialectNames.slice(1);
  const before = await Promise.all(others.map(async (name) => (await keySet(name)).body));
  await rotate(dialectNames[0] ?? '', 0);
  expect(await Promise.all(others.map(async (name) => (await keySet(name)).body))).toEqual(before);
});

test('tokens are given out without a gap while keys are rotated', async () => {
  server = await startTestServer({ issuers: threeIssuers.slice(0, 1) });
  const client = await server.register('standard');
  const used = new Set<string | undefined>();
  let done = false;
  const asking = (async () => {
    while (!done) used.add(decodeProtectedHeader(await issueToken(server, 'standard', client)).kid);
  })();
  const made: string[] = [];
  for (let round = 0; round < 5; round++) made.push(await rotate('standard', 0));
  await issueToken(server, 'standard', client);
  done = true;
  await asking;
  expect(used).toContain(made.at(-1));
  expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
