import { describe, expect, test } from 'vitest';
import { masterKey } from '../../../../test/support/key-database.ts';
import { createRecoveryCodes } from './recovery-codes.ts';

describe('recovery codes', () => {
  const { generate, hashesOf } = createRecoveryCodes(masterKey());
  const hash = (typed: string) => hashesOf(typed)[0];

  test('are ten of 80 bits, which no table of hashes undoes', () => {
    const sets = Array.from({ length: 100 }, generate);
    const codes = sets.flatMap((set) => set.codes);
    expect(sets[0]?.codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(1000);
    for (const code of codes) expect(code).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    expect(new Set(codes.join('').replaceAll('-', '')).size).toBe(32);
    expect(sets[0]?.hashes).toEqual(sets[0]?.codes.map(hash));
    const [code = ''] = codes;
    expect(createRecoveryCodes(masterKey(8)).hashesOf(code)[0]).not.toBe(hash(code));
  });

  test('are the same however they are typed', () => {
    const typed = [
      '0a1b-2c3d-4e5f-6g7h',
      '0A1B2C3D4E5F6G7H',
      ' oaib 2c3d 4e5f 6g7h\n',
      'Oalb—2c3d–4e5f‐6g7h',
    ];
    expect(new Set(typed.map(hash)).size).toBe(1);
    const others = ['0a1b-2c3d-4e5f-6g7j', '0a1b-2c3d-4e5f-6g7', '', '0a1b-2c3d-4e5f-6g7h-0'];
    expect(new Set([...typed, ...others].map(hash)).size).toBe(1 + others.length);
  });
});
