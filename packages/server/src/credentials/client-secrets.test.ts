import { randomUUID } from 'node:crypto';
import type { Client, ClientSecret } from '@tessera-oauth/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTestLimiter, type TestLimiter, unlimited } from '../../../../test/support/attempts.ts';
import { masterKey } from '../../../../test/support/key-database.ts';
import { slowHashesComputed } from './argon2id.ts';
import { ClientSecrets, generateSecret } from './client-secrets.ts';

let now = 1_000_000;
let slow = true;
let secrets: Secrets;

/** Secrets as they are judged where nothing limits it. */
class Secrets extends ClientSecrets {
  constructor(master = masterKey()) {
    super(
      master,
      () => now,
      () => slow,
      unlimited,
    );
  }
}
beforeEach(() => {
  slow = true;
  secrets = new Secrets();
});
const presented = (secret: string, issuer = 'one', client_id = 'a') => ({
  issuer,
  client_id,
  secret,
  address: '192.0.2.1',
});
const verify = (issuer: string, client: Client | undefined, secret: string) =>
  secrets.verify(presented(secret, issuer, client?.client_id), client);
const verifyFast = (client: Client, secret: string) => secrets.verifyFast(presented(secret), client);

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
  token_reuse: null,
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
    expect(verifyFast(client, 'correct horse')).toBeUndefined();
    expect(await verify('one', client, 'wrong')).toEqual({ reason: 'secret_wrong' });
    expect(verifyFast(client, 'wrong')).toBeUndefined();
    expect(await verify('one', client, 'correct horse')).toEqual({ secret: held });
    expect(verifyFast(client, 'correct horse')).toBe(held);
    expect(verifyFast(client, 'wrong')).toBeUndefined();
  });

  // What is known of the issuer may be a moment old; the client is as the database has it.
  test('works at once, where it is the first of its issuer', async () => {
    slow = false;
    const held = await chosen('correct horse');
    expect(await verify('one', clientOf(held), 'correct horse')).toEqual({ secret: held });
  });

  test('that was remembered is refused once it is revoked or expired', async () => {
    const held = await chosen('correct horse');
    await verify('one', clientOf(held), 'correct horse');
    const revoked = clientOf({ ...held, revoked_at: now });
    expect(verifyFast(revoked, 'correct horse')).toBeUndefined();
    expect(await verify('one', revoked, 'correct horse')).toEqual({ reason: 'secret_revoked' });
    const expired = clientOf({ ...held, expires_at: now });
    expect(verifyFast(expired, 'correct horse')).toBeUndefined();
    expect(await verify('one', expired, 'correct horse')).toEqual({ reason: 'secret_expired' });
  });

  test('is remembered for itself, not for another secret of the same words', async () => {
    const held = await chosen('correct horse');
    await verify('one', clientOf(held), 'correct horse');
    const twin = { ...held, id: randomUUID() };
    expect(verifyFast(clientOf(twin), 'correct horse')).toBeUndefined();
  });

  test('has another hash with every client, issuer and master key', async () => {
    const other = new Secrets(masterKey(8));
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
  expect(await verify(issuer, client, `${secret}x`)).toEqual({ reason: 'secret_wrong' });
  expect(await verify(issuer, client, secret)).toEqual({ secret: held });
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
      expect(await verify('one', clientOf(...held), 's')).toEqual({ secret: live });
      expect(verifyFast(clientOf(...held), 's')).toBe(live);
    }
    expect(verifyFast(clientOf(revoked, expired), 's')).toBeUndefined();
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
    expect(verifyFast(clientOf(generated('other'), held), secret)).toBe(held);
  });

  test('is good until the moment it expires', async () => {
    const held = generated('s', { expires_at: now + 1000 });
    const client = clientOf(held);
    now += 999;
    expect(verifyFast(client, 's')).toBe(held);
    now += 1;
    expect(verifyFast(client, 's')).toBeUndefined();
    expect(await verify('one', client, 's')).toEqual({ reason: 'secret_expired' });
  });

  test('is not its own hash', async () => {
    const held = generated('s');
    expect(verifyFast(clientOf(held), held.hash)).toBeUndefined();
    expect(await verify('one', clientOf(held), held.hash)).toEqual({ reason: 'secret_wrong' });
    expect(await verify('one', clientOf(held), '')).toEqual({ reason: 'secret_wrong' });
  });
});

test('an unknown client and one without secrets are refused', async () => {
  for (slow of [false, true]) {
    expect(await verify('one', undefined, 's')).toEqual({ reason: 'client_unknown' });
    expect(await verify('one', clientOf(), 's')).toEqual({ reason: 'secret_wrong' });
  }
});

// Each slow hash takes 19 MiB and some 30 ms: without an end to the queue, guesses could fill memory and time.
test('of many slow hashes at once, those beyond fifty are put off', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, index) =>
      secrets.verify(presented(`guess ${index}`, 'one', `client ${index}`), undefined),
    ),
  );
  const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  expect(refused).toHaveLength(10);
  expect(refused[0]).toMatchObject({ error: 'temporarily_unavailable', status: 503, retry_after: 1 });
  // And then there is room again.
  expect(await verify('one', undefined, 'guess')).toEqual({ reason: 'client_unknown' });
});

test('the same secret that comes many times at once, as after a restart, is hashed once', async () => {
  const held = await chosen('correct horse');
  const before = slowHashesComputed();
  const results = await Promise.all(
    Array.from({ length: 40 }, () => verify('one', clientOf(held), 'correct horse')),
  );
  expect(results).toEqual(Array(40).fill({ secret: held }));
  expect(slowHashesComputed() - before).toBe(1);
});

describe('where guesses are limited', () => {
  let attempts: TestLimiter;
  let limited: ClientSecrets;
  let other: ClientSecrets;
  beforeEach(async () => {
    attempts = await createTestLimiter();
    [limited, other] = [0, 1].map(
      () =>
        new ClientSecrets(
          masterKey(),
          () => now,
          () => true,
          attempts.limiter,
        ),
    ) as [ClientSecrets, ClientSecrets];
  });
  const guess = async (by: ClientSecrets, client: Client, times: number) => {
    for (let time = 0; time < times; time++)
      await by.verify(presented(`guess ${time} ${attempts.now}`), client).catch(() => undefined);
  };

  test('a generated secret is right whatever was counted', async () => {
    const held = generated('right');
    const client = clientOf(held, await chosen('chosen'));
    await guess(limited, client, 11);
    await expect(limited.verify(presented('wrong'), client)).rejects.toMatchObject({ status: 429 });
    expect(limited.verifyFast(presented('right'), client)).toBe(held);
    expect(await limited.verify(presented('right'), client)).toEqual({ secret: held });
  });

  test('a chosen one is not, in the memory of no process', async () => {
    const held = await chosen('chosen');
    const client = clientOf(held);
    for (const process of [limited, other])
      expect(await process.verify(presented('chosen'), client)).toEqual({ secret: held });
    expect(limited.verifyFast(presented('chosen'), client)).toBe(held);
    await guess(limited, client, 11);
    // The other process learns of it at the next guess: that is all it gives away.
    await guess(other, client, 1);
    for (const process of [limited, other]) {
      expect(process.verifyFast(presented('chosen'), client)).toBeUndefined();
      await expect(process.verify(presented('chosen'), client)).rejects.toMatchObject({
        status: 429,
        reason: 'too_many_failures',
      });
    }
    attempts.now += 3_600_000;
    expect(await limited.verify(presented('chosen'), client)).toEqual({ secret: held });
    expect(limited.verifyFast(presented('chosen'), client)).toBe(held);
  });

  test('what no slow hash protects is not counted', async () => {
    const fast = new ClientSecrets(
      masterKey(),
      () => now,
      () => false,
      attempts.limiter,
    );
    const client = clientOf(generated('right'));
    for (let time = 0; time < 200; time++)
      expect(await fast.verify(presented(`guess ${time}`), client)).toEqual({ reason: 'secret_wrong' });
    expect(await attempts.count()).toBe(0);
  });
});
