import { randomUUID } from 'node:crypto';
import type { Client, ClientSecret } from '@tessera-oauth/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { masterKey } from '../../../../test/support/key-database.ts';
import { ClientSecrets, generateSecret } from './client-secrets.ts';

let now = 1_000_000;
let slow = true;
let secrets: ClientSecrets;
beforeEach(() => {
  slow = true;
  secrets = new ClientSecrets(
    masterKey(),
    () => now,
    () => slow,
  );
});

const clientOf = (...held: ClientSecret[]): Client => ({
  client_id: 'a',
  client_id_issued_at: 0,
  client_name: '',
  owner: '',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: [],
  scope: [],
  redirect_uris: [],
  post_logout_redirect_uris: [],
  logo_uri: null,
  client_uri: null,
  policy_uri: null,
  tos_uri: null,
  consent_message: null,
  require_pkce: null,
  refresh_token_given: null,
  introspection: 'own',
  id_token_signed_response_alg: 'RS256',
  id_token_user_claims: false,
  disabled: false,
  secrets: held,
});
const state = { expires_at: null, revoked_at: null };
const generated = (secret: string, own: Partial<ClientSecret> = {}): ClientSecret => ({
  id: randomUUID(),
  kind: 'keyed',
  hash: secrets.hashGenerated(secret),
  ...state,
  ...own,
});
const chosen = async (secret: string, own: Partial<ClientSecret> = {}): Promise<ClientSecret> => ({
  id: randomUUID(),
  kind: 'argon2id',
  hash: await secrets.hashChosen('one', 'a', secret),
  ...state,
  ...own,
});

describe('a chosen secret', () => {
  // To recognise is synchronous, and a slow hash is not: what is recognised was not hashed slowly again.
  test('is hashed slowly once, and then recognised', async () => {
    const held = await chosen('correct horse');
    const client = clientOf(held);
    expect(secrets.verifyFast(client, 'correct horse')).toBeUndefined();
    expect(await secrets.verify('one', client, 'wrong')).toEqual({ reason: 'secret_wrong' });
    expect(secrets.verifyFast(client, 'wrong')).toBeUndefined();
    expect(await secrets.verify('one', client, 'correct horse')).toEqual({ secret: held });
    expect(secrets.verifyFast(client, 'correct horse')).toBe(held);
    expect(secrets.verifyFast(client, 'wrong')).toBeUndefined();
  });

  // What is known of the issuer may be a moment old; the client is as the database has it.
  test('works at once, where it is the first of its issuer', async () => {
    slow = false;
    const held = await chosen('correct horse');
    expect(await secrets.verify('one', clientOf(held), 'correct horse')).toEqual({ secret: held });
  });

  test('that was remembered is refused once it is revoked or expired', async () => {
    const held = await chosen('correct horse');
    await secrets.verify('one', clientOf(held), 'correct horse');
    const revoked = clientOf({ ...held, revoked_at: now });
    expect(secrets.verifyFast(revoked, 'correct horse')).toBeUndefined();
    expect(await secrets.verify('one', revoked, 'correct horse')).toEqual({ reason: 'secret_revoked' });
    const expired = clientOf({ ...held, expires_at: now });
    expect(secrets.verifyFast(expired, 'correct horse')).toBeUndefined();
    expect(await secrets.verify('one', expired, 'correct horse')).toEqual({ reason: 'secret_expired' });
  });

  test('is remembered for itself, not for another secret of the same words', async () => {
    const held = await chosen('correct horse');
    await secrets.verify('one', clientOf(held), 'correct horse');
    const twin = { ...held, id: randomUUID() };
    expect(secrets.verifyFast(clientOf(twin), 'correct horse')).toBeUndefined();
  });

  test('has another hash with every client, issuer and master key', async () => {
    const other = new ClientSecrets(
      masterKey(8),
      () => now,
      () => true,
    );
    const hashes = await Promise.all([
      secrets.hashChosen('one', 'a', 'correct horse'),
      secrets.hashChosen('one', 'b', 'correct horse'),
      secrets.hashChosen('two', 'a', 'correct horse'),
      other.hashChosen('one', 'a', 'correct horse'),
    ]);
    expect(new Set(hashes).size).toBe(4);
    expect(await secrets.hashChosen('one', 'a', 'correct horse')).toBe(hashes[0]);
  });
});

// Made with @node-rs/argon2 2.2.1, which Tessera used before.
test.each([
  ['one', 'a', 'correct horse', 'b7ta2qcTG2WL_hMTBwnwxjNHFHNGfyR636D-DgM7c8g'],
  ['tilia', '0f8f', 'Tr0ub4dor&3', 'Ybngt7eAqTnIU3uMsPNSEGTjCBvNgqfij1IO-8GsZSY'],
  ['one', 'ü', 'пароль', '6wcYI4fQ_Bp-UYsBUcnaMtPetYTiiHNpaVya4MUzzVc'],
])('a chosen secret of an earlier release: %s/%s', async (issuer, client_id, secret, hash) => {
  const held: ClientSecret = { id: randomUUID(), kind: 'argon2id', hash, ...state };
  const client = { ...clientOf(held), client_id };
  expect(await secrets.verify(issuer, client, `${secret}x`)).toEqual({ reason: 'secret_wrong' });
  expect(await secrets.verify(issuer, client, secret)).toEqual({ secret: held });
});

describe('the same secret given twice', () => {
  test.each([
    ['generated', async (own: Partial<ClientSecret>) => generated('s', own)],
    ['chosen', (own: Partial<ClientSecret>) => chosen('s', own)],
  ] as const)('%s: is good as long as one of the two is', async (_kind, make) => {
    const [live, revoked, expired] = await Promise.all([
      make({}),
      make({ revoked_at: now }),
      make({ expires_at: now }),
    ]);
    for (const held of [
      [revoked, expired, live],
      [live, revoked, expired],
    ]) {
      expect(await secrets.verify('one', clientOf(...held), 's')).toEqual({ secret: live });
      expect(secrets.verifyFast(clientOf(...held), 's')).toBe(live);
    }
    expect(secrets.verifyFast(clientOf(revoked, expired), 's')).toBeUndefined();
  });
});

describe('a generated secret', () => {
  test.each(['uuid', 'token'] as const)('as %s has room for no guess, and is recognised at once', (shape) => {
    const all = new Set(Array.from({ length: 1000 }, () => generateSecret(shape)));
    expect(all.size).toBe(1000);
    const [secret = ''] = all;
    expect(secret).toMatch(
      shape === 'uuid'
        ? /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
        : /^[\w-]{43}$/,
    );
    const held = generated(secret);
    expect(secrets.verifyFast(clientOf(generated('other'), held), secret)).toBe(held);
  });

  test('is good until the moment it expires', async () => {
    const held = generated('s', { expires_at: now + 1000 });
    const client = clientOf(held);
    now += 999;
    expect(secrets.verifyFast(client, 's')).toBe(held);
    now += 1;
    expect(secrets.verifyFast(client, 's')).toBeUndefined();
    expect(await secrets.verify('one', client, 's')).toEqual({ reason: 'secret_expired' });
  });

  test('is not its own hash', async () => {
    const held = generated('s');
    expect(secrets.verifyFast(clientOf(held), held.hash)).toBeUndefined();
    expect(await secrets.verify('one', clientOf(held), held.hash)).toEqual({ reason: 'secret_wrong' });
    expect(await secrets.verify('one', clientOf(held), '')).toEqual({ reason: 'secret_wrong' });
  });
});

test('an unknown client and one without secrets are refused', async () => {
  for (slow of [false, true]) {
    expect(await secrets.verify('one', undefined, 's')).toEqual({ reason: 'client_unknown' });
    expect(await secrets.verify('one', clientOf(), 's')).toEqual({ reason: 'secret_wrong' });
  }
});

// Each slow hash takes 19 MiB and some 30 ms: without an end to the queue, guesses could fill memory and time.
test('of many slow hashes at once, those beyond fifty are put off', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, () => secrets.verify('one', undefined, 'guess')),
  );
  const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  expect(refused).toHaveLength(10);
  expect(refused[0]).toMatchObject({ error: 'temporarily_unavailable', status: 503, retry_after: 1 });
  // And then there is room again.
  expect(await secrets.verify('one', undefined, 'guess')).toEqual({ reason: 'client_unknown' });
});
