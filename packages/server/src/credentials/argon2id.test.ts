// argon2id against the reference implementation, and the reader of PHC strings against all that looks like one.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argon2id, formatPhc, parsePhc, verifyArgon2id } from './argon2id.ts';

const hash = fc.record({
  memory: fc.integer({ min: 8 * 255, max: 2 ** 32 - 1 }),
  passes: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  parallelism: fc.integer({ min: 1, max: 255 }),
  salt: fc.uint8Array({ minLength: 8, maxLength: 64 }).map(Buffer.from),
  tag: fc.uint8Array({ minLength: 4, maxLength: 64 }).map(Buffer.from),
});

const stored = '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAECAwQFBgcICQoLDA0ODw';

test('gives what the reference implementation gives', async () => {
  const tag = await argon2id('password', Buffer.from('somesalt'), Buffer.alloc(0), {
    memory: 65_536,
    passes: 2,
    parallelism: 1,
  });
  // phc-winner-argon2, src/test.c: hashtest(version, 2, 16, 1, "password", "somesalt", …, Argon2_id).
  expect(tag.toString('hex')).toBe('09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7');
});

test('leaves the event loop free', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await argon2id('password', Buffer.alloc(16), Buffer.alloc(32));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
});

describe('a PHC string', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(hash, (written) => {
        expect(parsePhc(formatPhc(written))).toEqual(written);
      }),
    );
  });

  test('has one spelling: a text that differs is another hash, or none', () => {
    const character = fc.constantFrom(...'$=,+/-_ \n09AZaz:\0é');
    fc.assert(
      fc.property(hash.map(formatPhc), fc.nat(), fc.nat(1), character, (text, at, removed, inserted) => {
        const index = at % (text.length + 1);
        const changed = text.slice(0, index) + inserted + text.slice(index + removed);
        const read = parsePhc(changed);
        if (read !== undefined) expect(formatPhc(read)).toBe(changed);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['nothing', ''],
    ['another variant', stored.replace('argon2id', 'argon2i')],
    ['another version', stored.replace('v=19', 'v=16')],
    ['no version', stored.replace('v=19$', '')],
    ['another order', stored.replace('m=19456,t=2', 't=2,m=19456')],
    ['an unknown parameter', stored.replace('p=1', 'p=1,data=AAAA')],
    ['no passes', stored.replace('t=2', 't=0')],
    ['a leading zero', stored.replace('t=2', 't=02')],
    ['a sign', stored.replace('t=2', 't=+2')],
    ['too little memory for its lanes', stored.replace('m=19456,t=2,p=1', 'm=15,t=2,p=2')],
    ['too much memory', stored.replace('19456', '4294967296')],
    ['too many lanes', stored.replace('m=19456,t=2,p=1', 'm=4294967295,t=2,p=16777216')],
    ['too short a salt', stored.replace('MDEyMzQ1Njc4OWFiY2RlZg', 'MDEyMzQ1Ng')],
    ['too short a tag', `${stored.slice(0, stored.lastIndexOf('$'))}$AAEC`],
    ['padding', `${stored}==`],
    ['base64url', stored.replace('AAEC', 'AA-_')],
    ['unused bits that are set', `${stored.slice(0, -1)}x`],
    ['a line end', `${stored}\n`],
    ['a blank before', ` ${stored}`],
  ])('with %s is none', (_what, text) => {
    expect(parsePhc(stored)).toBeDefined();
    expect(text).not.toBe(stored);
    expect(parsePhc(text)).toBeUndefined();
  });
});

test('each bit of password, salt, secret and tag counts', async () => {
  const cost = { memory: 64, passes: 1, parallelism: 1 };
  const salt = Buffer.from('0123456789abcdef');
  const secret = Buffer.alloc(32, 5);
  const tag = await argon2id('password', salt, secret, cost, 16);
  const good = { ...cost, salt, tag };
  const flipped = (bytes: Buffer, bit: number) =>
    Buffer.from(bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
  expect(await verifyArgon2id(good, 'password', secret)).toBe(true);
  for (let bit = 0; bit < 128; bit++) {
    expect(await verifyArgon2id({ ...good, tag: flipped(tag, bit) }, 'password', secret)).toBe(false);
    expect(await verifyArgon2id({ ...good, salt: flipped(salt, bit) }, 'password', secret)).toBe(false);
    expect(await verifyArgon2id(good, 'password', flipped(secret, bit))).toBe(false);
  }
  for (const other of ['passwore', 'Password', 'password\0', ''])
    expect(await verifyArgon2id(good, other, secret)).toBe(false);
});
