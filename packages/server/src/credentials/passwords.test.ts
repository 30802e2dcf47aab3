import { describe, expect, test } from 'vitest';
import { masterKey } from '../../../../test/support/key-database.ts';
import { parsePhc } from './argon2id.ts';
import { ClientSecrets } from './client-secrets.ts';
import { createPasswords } from './passwords.ts';

const passwords = createPasswords(masterKey());
const good = 'correct horse battery staple';

describe('a stored password', () => {
  test('is verified, and no other', async () => {
    const stored = await passwords.hash(good);
    expect(await passwords.verify(stored, good)).toBe(true);
    for (const wrong of ['', `${good} `, good.toUpperCase(), stored])
      expect(await passwords.verify(stored, wrong), wrong).toBe(false);
  });

  test('is argon2id as OWASP recommends it, with a salt of its own', async () => {
    const [one, two] = await Promise.all([passwords.hash(good), passwords.hash(good)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const { salt, tag } = parsePhc(one) ?? {};
    expect([salt?.length, tag?.length]).toEqual([16, 32]);
    expect(one).not.toBe(two);
  });

  // Made with @node-rs/argon2 2.2.1, which Tessera used before; the last with other parameters.
  test.each([
    [
      good,
      '$argon2id$v=19$m=19456,t=2,p=1$c1oVTplECCn/5P/s0djYYA$soNuiOqzxmJBfvFjT2kS/mxpkcXoeCcg8Z0kdc8Bcdg',
    ],
    [
      'Ångström ﬁve',
      '$argon2id$v=19$m=19456,t=2,p=1$DUEVCewO0iXQmT/a2v9rHg$iXICm8gsb3wjDEZLC6e6k33wZsuXdd3CmNurPy0R9J8',
    ],
    [
      'пароль 密码 😀',
      '$argon2id$v=19$m=19456,t=2,p=1$FhmZjPTkvD67kY0ChKsbWA$iKiNyN5/grfPCDHFDQPgzf0rM0xcXSR4Y7r9w79kcV0',
    ],
    [
      'a'.repeat(512),
      '$argon2id$v=19$m=19456,t=2,p=1$gwLq+PEKtmqP3fjkuUs3ug$HW3RsJfaL+MDh/JUaHPKCvbhf+pSt5h+RYpi9G5F0xs',
    ],
    [good, '$argon2id$v=19$m=1024,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZmdoaWo$3vFuVABTv170fO9wGMsFkgppEeQotDfb'],
  ])('of an earlier release is verified: %s', async (password, stored) => {
    expect(await passwords.verify(stored, password)).toBe(true);
    expect(await passwords.verify(stored, `${password}x`)).toBe(false);
    expect(await createPasswords(masterKey(8)).verify(stored, password)).toBe(false);
  });

  // A damaged row must not look like a wrong password: nobody would ever find it.
  test('that is malformed is a fault', async () => {
    const stored = await passwords.hash(good);
    for (const damaged of ['', 'x', stored.slice(0, 20), `${stored}=`, stored.replace('v=19', 'v=16')])
      await expect(passwords.verify(damaged, good), damaged).rejects.toThrow(
        /hash of a password is malformed/,
      );
  });

  test('is worth nothing without the master key', async () => {
    const stored = await passwords.hash(good);
    expect(await createPasswords(masterKey(8)).verify(stored, good)).toBe(false);
  });

  test('is the same on every keyboard', async () => {
    const stored = await passwords.hash('Ångström ﬁve');
    expect(await passwords.verify(stored, 'A\u030angstro\u0308m five')).toBe(true);
  });
});

describe('nobody’s password', () => {
  test('is never right', async () => {
    for (const stored of [undefined, null]) {
      expect(await passwords.verify(stored, good)).toBe(false);
      expect(await passwords.verify(stored, '')).toBe(false);
    }
  });

  test('costs as much as somebody’s', async () => {
    const stored = await passwords.hash(good);
    const took = { known: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < 15; round += 1) {
      for (const kind of ['known', 'unknown'] as const) {
        const before = process.cpuUsage();
        await passwords.verify(kind === 'known' ? stored : undefined, 'wrong');
        const { user, system } = process.cpuUsage(before);
        took[kind].push(user + system);
      }
    }
    // The least of many, in CPU time of this process: what the machine does besides does not count.
    const ratio = Math.min(...took.unknown) / Math.min(...took.known);
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.6);
  });
});

describe('the queue', () => {
  test('has an end, and room again afterwards', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        index % 2 === 0 ? passwords.verify(undefined, good) : passwords.hash(good),
      ),
    );
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toHaveLength(10);
    expect(refused[0]).toMatchObject({ error: 'temporarily_unavailable', status: 503, retry_after: 1 });
    expect(await passwords.verify(undefined, good)).toBe(false);
  });

  test('asks again, when it is somebody’s turn, whether to admit them', async () => {
    const stored = await passwords.hash(good);
    let left = 1;
    const admit = () => {
      left -= 1;
      if (left < 0) throw new Error('too many');
    };
    const attempts = [1, 2, 3].map(() => passwords.verify(stored, good, admit));
    expect(left).toBe(1);
    const states = (await Promise.allSettled(attempts)).map(({ status }) => status);
    expect(states).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  test('is one for users and clients, and neither takes the other’s room', async () => {
    const secrets = new ClientSecrets(masterKey(), Date.now, () => true);
    const order: string[] = [];
    const guesses = Array.from({ length: 50 }, () =>
      secrets.verify('one', undefined, 'guess').then(() => order.push('client')),
    );
    const user = passwords.verify(undefined, good).then(() => order.push('user'));
    await Promise.all([...guesses, user]);
    expect(order).toEqual([...Array(50).fill('client'), 'user']);
  });
});

describe('a new password', () => {
  test.each<[string, string, string | undefined]>([
    ['seven characters', 'a'.repeat(7), 'too_short'],
    ['seven characters of two code units each', '😀'.repeat(7), 'too_short'],
    ['eight', '18273645', undefined],
    ['eight, of one kind', 'k'.repeat(8), undefined],
    ['one that everybody tries', 'Password123', 'too_common'],
    ['512', 'a'.repeat(512), undefined],
    ['513', 'a'.repeat(513), 'too_long'],
    ['a line end', 'correct\nhorse', 'control_character'],
    ['NUL', 'correct\0horse', 'control_character'],
    ['blanks and every script', ' пароль 密码 ', undefined],
    ['the login', 'alice@example.com', 'is_login'],
    ['the login, dressed up', ' ALICE@Example.com ', 'is_login'],
    ['the login and more', 'alice@example.com!', undefined],
  ])('%s', (_what, password, objection) => {
    expect(passwords.objection(password, 'alice@example.com')).toBe(objection);
  });

  test('that is made has room for no guess and no objection', () => {
    const all = new Set(Array.from({ length: 1000 }, passwords.generate));
    expect(all.size).toBe(1000);
    for (const made of all) {
      expect(made).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
      expect(passwords.objection(made, 'alice')).toBeUndefined();
    }
  });
});
