import { describe, expect, test } from 'vitest';
import { masterKey } from '../../../../test/support/key-database.ts';
import { parsePhc } from './argon2id.ts';
import { createPasswords } from './passwords.ts';

const passwords = createPasswords(masterKey());
const good = 'correct horse battery staple';

describe('a stored password', () => {
  test('is verified, and no other', async () => {
    const stored = await passwords.hash(good);
    expect(await passwords.matches(stored, good)).toBe(true);
    for (const wrong of ['', `${good} `, good.toUpperCase(), stored])
      expect(await passwords.matches(stored, wrong), wrong).toBe(false);
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
    expect(await passwords.matches(stored, password)).toBe(true);
    expect(await passwords.matches(stored, `${password}x`)).toBe(false);
    expect(await createPasswords(masterKey(8)).matches(stored, password)).toBe(false);
  });

  // A damaged row must not look like a wrong password: nobody would ever find it.
  test('that is malformed is a fault', async () => {
    const stored = await passwords.hash(good);
    for (const damaged of ['', 'x', stored.slice(0, 20), `${stored}=`, stored.replace('v=19', 'v=16')])
      await expect(passwords.matches(damaged, good), damaged).rejects.toThrow(
        /hash of a password is malformed/,
      );
  });

  test('is worth nothing without the master key', async () => {
    const stored = await passwords.hash(good);
    expect(await createPasswords(masterKey(8)).matches(stored, good)).toBe(false);
  });

  test('is the same on every keyboard', async () => {
    const stored = await passwords.hash('Ångström ﬁve');
    expect(await passwords.matches(stored, 'A\u030angstro\u0308m five')).toBe(true);
  });
});

describe('nobody’s password', () => {
  test('is never right', async () => {
    for (const stored of [undefined, null]) {
      expect(await passwords.matches(stored, good)).toBe(false);
      expect(await passwords.matches(stored, '')).toBe(false);
    }
  });

  test('costs as much as somebody’s', async () => {
    const stored = await passwords.hash(good);
    const took = { known: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < 15; round += 1) {
      for (const kind of ['known', 'unknown'] as const) {
        const before = process.cpuUsage();
        await passwords.matches(kind === 'known' ? stored : undefined, 'wrong');
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

describe('a new password', () => {
  test.each<[string, string, string | undefined]>([
    ['seven characters', 'a'.repeat(7), 'too_short'],
    ['seven characters of two code units each', '😀'.repeat(7), 'too_short'],
    ['eight', 'kqzvwtxj', undefined],
    ['512', `${'kqzv wtxj '.repeat(51)}kq`, undefined],
    ['513', 'a'.repeat(513), 'too_long'],
    ['four words', 'correct horse battery staple', undefined],
    ['random ones', 'zq8#vR2!pL', undefined],
    ['one that everybody tries', 'Password123', 'too_common'],
    ['a common word that was dressed up', 'Password1!', 'too_common'],
    ['by other signs for letters', 'P@$$w0rd', 'too_common'],
    ['with signs before it', '!!Dragon99', 'too_common'],
    ['a season and a year', 'summer2026', 'too_common'],
    ['and an exclamation mark', 'Winter2026!', 'too_common'],
    ['in German', 'Willkommen1!', 'too_common'],
    ['a keyboard', 'Qwertz123', 'too_common'],
    ['a word and a counter', 'monkey12345678', 'too_common'],
    ['a word twice', 'summersummer', 'too_common'],
    ['one letter', 'kkkkkkkk', 'too_common'],
    ['the same three again', 'xyqxyqxyq', 'too_common'],
    ['the alphabet', 'stuvwxyz', 'too_common'],
    ['digits, backwards', '9876543210', 'too_common'],
    ['a line end', 'correct\nhorse', 'control_character'],
    ['NUL', 'correct\0horse', 'control_character'],
    ['blanks and every script', ' пароль 密码 ', undefined],
    ['the login', 'alice@example.com', 'is_login'],
    ['the login, dressed up', ' ALICE@Example.com ', 'is_login'],
    ['the login and more', 'alice@example.com!', 'is_login'],
    ['the name in it', 'Alice2026', 'is_login'],
    ['the name in it, dressed up', '@l1ce!!!!', 'is_login'],
    ['the name among others', 'alice-springs-tea', undefined],
  ])('%s', async (_what, password, objection) => {
    expect(await passwords.objection(password, 'alice@example.com')).toBe(objection);
  });

  test('that is made has room for no guess and no objection', async () => {
    const all = new Set(Array.from({ length: 1000 }, passwords.generate));
    expect(all.size).toBe(1000);
    for (const made of all) {
      expect(made).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
      expect(await passwords.objection(made, 'alice')).toBeUndefined();
    }
  });
});
