// Rotation as clients and APIs see it: by HTTP, while the operator works through a process of their own.

import {
  compactVerify,
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
} from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerOf } from '../../../../test/support/answers.ts';
import { dialectNames, introspect, issuerOf, issueToken, urlOf } from '../../../../test/support/endpoints.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { asOperator } from '../../../../test/support/operator.ts';
import { startTestServer, type TestServer, threeIssuers } from '../../../../test/support/server.ts';
import { rotateKey } from '../admin/keys.ts';
import { revokeKey } from '../store/tables/signing-keys.ts';

let server: TestServer;
afterEach(() => server.close());

const keySet = async (issuer: string, headers: Record<string, string> = {}) =>
  answerOf(await fetch(urlOf(server, issuer, 'jwks'), { headers }));
/** Of those that are published, the keys of access tokens. */
const kidsOf = (issuer: string, body: string) =>
  (JSON.parse(body) as JSONWebKeySet).keys
    .filter(({ alg }) => alg === issuerOf(server, issuer).signing_alg)
    .map(({ kid }) => kid);
const signing = (issuer: string) => server.instance.keyring.signingKey(issuer).kid;

/** Rotates as another process does; returns the new kid once the server publishes it. */
async function rotate(issuer: string, lead: number): Promise<string> {
  const kid = await asOperator(server, async ({ keyring }) => {
    const key = await keyring.rotate(issuerOf(server, issuer), Date.now() + lead);
    return key?.kid ?? '';
  });
  await eventually(async () => kidsOf(issuer, (await keySet(issuer)).body).includes(kid));
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
    const [oldKid] = kidsOf(issuer, (await keySet(issuer)).body);
    expect(await verify(issuer, old)).toBe(oldKid);
    const kid = await rotate(issuer, 0);
    const fresh = await issueToken(server, issuer, client);
    expect(await verify(issuer, fresh)).toBe(kid);
    // Tokens without `kid`: two keys of an algorithm would be one too many for their verifiers.
    expect(await verify(issuer, old)).toBe(issuer === 'tilia' ? undefined : oldKid);
    const named = issuer === 'tilia' ? undefined : kid;
    expect(decodeProtectedHeader(fresh).kid).toBe(named);
    for (const token of [old, fresh]) {
      expect(await introspect(server, issuer, client, token)).toMatchObject({ active: true });
    }
  });

  test('a key in waiting is published and does not sign; without `kid` none waits', async () => {
    const client = await server.register(issuer);
    const oldKid = signing(issuer);
    const admin = { ...server.instance.admin, actor: { kind: 'cli', name: 'test' } as const };
    const { kid } = await rotateKey(admin, issuerOf(server, issuer), false);
    const published = issuer === 'tilia' ? [kid] : [oldKid, kid];
    expect(kidsOf(issuer, (await keySet(issuer)).body)).toEqual(published);
    expect(await verify(issuer, await issueToken(server, issuer, client))).toBe(published[0]);
  });

  // A stolen key makes tokens that look like the server's own, until it is published no more.
  test('a key that is distrusted takes its tokens with it, within a second', async () => {
    const client = await server.register(issuer);
    const old = await issueToken(server, issuer, client);
    const [oldKid = ''] = kidsOf(issuer, (await keySet(issuer)).body);
    const kid = await rotate(issuer, 0);
    const fresh = await issueToken(server, issuer, client);
    expect(await asOperator(server, ({ store }) => revokeKey(store.db, issuer, oldKid, Date.now()))).toBe(
      true,
    );
    await eventually(async () => (await introspect(server, issuer, client, old)).active === false);
    expect(kidsOf(issuer, (await keySet(issuer)).body)).toEqual([kid]);
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
    await rotate(issuer, 0);
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

// A dialect that leaves out `kid` leaves the choice of the key to the verifier, who must never have one.
test('across a rotation without `kid`, a remote key set verifies whatever is signed since it was fetched', async () => {
  server = await startTestServer({ issuers: threeIssuers.filter(({ name }) => name === 'tilia') });
  const client = await server.register('tilia');
  const remote = () => createRemoteJWKSet(new URL(urlOf(server, 'tilia', 'jwks')));
  const old = await issueToken(server, 'tilia', client);
  const before = remote();
  await compactVerify(old, before);
  for (const immediately of [false, true]) {
    const admin = { ...server.instance.admin, actor: { kind: 'cli', name: 'test' } as const };
    await rotateKey(admin, issuerOf(server, 'tilia'), immediately);
    const fresh = await issueToken(server, 'tilia', client);
    await compactVerify(fresh, remote());
    await before.reload();
    await compactVerify(fresh, before);
  }
  // Whom the set fails for older tokens, introspection answers until they expire.
  await expect(compactVerify(old, before)).rejects.toThrow();
  expect(await introspect(server, 'tilia', client, old)).toMatchObject({ active: true });
});

// The database is no authority on the keys: whoever writes to it must not have the server vouch for theirs.
test('what is published is the key that signs, whatever the database says of it', async () => {
  server = await startTestServer({ issuers: threeIssuers.slice(0, 1) });
  const genuine = (await keySet('standard')).body;
  const forged = { kty: 'EC', crv: 'P-256', x: 'forged', y: 'forged', kid: 'forged', alg: 'ES256' };
  await server.instance.store.db
    .updateTable('signing_keys')
    .set({ public_jwk: JSON.stringify(forged) })
    .execute();
  await asOperator(server, async ({ keyring }) => {
    expect(keyring.jwks('standard').json).toBe(genuine);
  });
});
