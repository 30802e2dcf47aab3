import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { masterKey } from '../../../../test/support/key-database.ts';
import { createTotpSecrets, generateTotpSecret, totpSecretText, totpUri, verifyTotp } from './totp.ts';

/** RFC 6238 Appendix B, of which six digits are the last six. */
const secret = Buffer.from('12345678901234567890');
const vectors: readonly (readonly [seconds: number, code: string])[] = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
];

describe('a time-based code', () => {
  test.each(vectors)('at %d s (RFC 6238 Appendix B)', (seconds, code) => {
    expect(verifyTotp(secret, code.slice(-6), seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  test('is good one step late and one early, and tells which step is used up', () => {
    const step = Math.floor(1_234_567_890 / 30);
    const at = (steps: number, ms = 0) => verifyTotp(secret, '005924', (step + steps) * 30_000 + ms);
    expect([at(0), at(0, 29_999), at(1), at(1, 29_999), at(-1)]).toEqual(Array(5).fill(step));
    expect([at(2), at(-1, -1), at(1000)]).toEqual([undefined, undefined, undefined]);
  });

  test('may be typed in two groups, or in full-width digits', () => {
    for (const typed of ['287 082', ' 287082\n', '２８７０８２'])
      expect(verifyTotp(secret, typed, 59_000), typed).toBe(1);
  });

  test.each(['', '28708', '2870820', '28708a', '-87082', '287.82', '94287082', '287082\0'])(
    '%j is none',
    (typed) => expect(verifyTotp(secret, typed, 59_000)).toBeUndefined(),
  );

  test('whatever is typed is judged, and wrong', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (typed) => {
        fc.pre(!typed.includes('287082'));
        expect(verifyTotp(secret, typed, 59_000)).toBeUndefined();
      }),
    );
    expect(verifyTotp(Buffer.from('12345678901234567891'), '287082', 59_000)).toBeUndefined();
  });
});

describe('a secret of time-based codes', () => {
  test('has 160 bits, and is another each time', () => {
    const [one, two] = [generateTotpSecret(), generateTotpSecret()];
    expect(one).toHaveLength(20);
    expect(one.equals(two)).toBe(false);
  });

  test('goes into the app as the key URI that authenticators know', () => {
    expect(totpUri(secret, 'Acme & Söhne', 'zoë@example.com')).toBe(
      'otpauth://totp/Acme%20%26%20S%C3%B6hne:zo%C3%AB%40example.com?issuer=Acme%20%26%20S%C3%B6hne' +
        '&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
    );
    expect(totpSecretText(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  });

  test('is sealed for its user alone', () => {
    const { seal, open } = createTotpSecrets(masterKey());
    const sealed = seal(secret, 'a');
    expect(open(sealed, 'a').equals(secret)).toBe(true);
    expect(Buffer.from(sealed, 'base64url').includes(secret)).toBe(false);
    expect(() => open(sealed, 'b')).toThrow();
    expect(() => createTotpSecrets(masterKey(8)).open(sealed, 'a')).toThrow();
  });
});
