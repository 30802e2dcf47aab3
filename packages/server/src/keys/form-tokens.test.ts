import { describe, expect, test } from 'vitest';
import { masterKey } from '../../../../test/support/key-database.ts';
import { createFormTokens } from './form-tokens.ts';

const tokens = createFormTokens(masterKey());
const strangers = createFormTokens(masterKey(8));
const now = 1_700_000_000_000;

describe('the hash of a session', () => {
  test('is its own for each cookie and each master key, and the same again', () => {
    expect(tokens.sessionHash('a')).toBe(tokens.sessionHash('a'));
    const others = [tokens.sessionHash('b'), strangers.sessionHash('a'), tokens.csrf(['a']), 'a'];
    expect(new Set([tokens.sessionHash('a'), ...others]).size).toBe(5);
  });
});

describe('a token of a form', () => {
  const parts = ['session', 'consent', 'client'];

  test('fits its own parts, in their order, and nothing else', () => {
    const token = tokens.csrf(parts);
    expect(tokens.csrfMatches(token, parts)).toBe(true);
    for (const other of [
      ['session', 'consent'],
      ['session', 'client', 'consent'],
      ['session', 'consent', 'client', ''],
      ['session,consent', 'client'],
      ['sessionconsent', 'client'],
      [],
    ])
      expect(tokens.csrfMatches(token, other), JSON.stringify(other)).toBe(false);
    expect(strangers.csrfMatches(token, parts)).toBe(false);
  });

  test('that is missing, cut short, longer or of another shape fits nothing', () => {
    const token = tokens.csrf(parts);
    for (const wrong of [
      undefined,
      '',
      token.slice(0, -1),
      `${token}AAAA`,
      token.toLowerCase(),
      'x'.repeat(9999),
    ])
      expect(tokens.csrfMatches(wrong, parts), wrong).toBe(false);
  });
});

describe('sealed state', () => {
  const state = { client_id: 'app', scope: ['read'], nonce: null };
  const sealed = tokens.sealState(state, 'sign-in', now + 1000);

  test('comes back as it was, until it expires', () => {
    expect(tokens.openState(sealed, 'sign-in', now)).toEqual(state);
    expect(tokens.openState(sealed, 'sign-in', now + 999)).toEqual(state);
    expect(tokens.openState(sealed, 'sign-in', now + 1000)).toBeUndefined();
  });

  test('cannot be read', () => {
    expect(Buffer.from(sealed, 'base64url').includes('app')).toBe(false);
    expect(tokens.sealState(state, 'sign-in', now + 1000)).not.toBe(sealed);
  });

  test('is of one purpose', () => {
    expect(tokens.openState(sealed, 'consent', now)).toBeUndefined();
    expect(tokens.openState(sealed, '', now)).toBeUndefined();
    expect(strangers.openState(sealed, 'sign-in', now)).toBeUndefined();
    const key = masterKey().seal(
      Buffer.from(JSON.stringify({ value: state, expires_at: now + 1 })),
      'sign-in',
    );
    expect(tokens.openState(key, 'sign-in', now)).toBeUndefined();
  });

  test('that is missing, forged or malformed is none', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const flawed = Buffer.from(bytes);
      flawed[index] = (flawed[index] ?? 0) ^ 1;
      expect(tokens.openState(flawed.toString('base64url'), 'sign-in', now)).toBeUndefined();
      expect(
        tokens.openState(bytes.subarray(0, index).toString('base64url'), 'sign-in', now),
      ).toBeUndefined();
    }
    for (const wrong of [undefined, '', 'null', '{}', '\0', 'ü'.repeat(100)])
      expect(tokens.openState(wrong, 'sign-in', now)).toBeUndefined();
  });
});
