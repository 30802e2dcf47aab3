import { assert, asyncProperty, dictionary, jsonValue, string, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import { readInSlices } from './deny-list-slices.ts';

const encoded = (text: string) => Buffer.from(text).toString('base64url');
const id = string({ unit: 'grapheme' }).map((text) => text.replace(/["\\\p{Cc}\p{Cs}]/gu, ''));

async function read(text: string) {
  const revoked = new Set<string>();
  const claims = await readInSlices(encoded(text), revoked);
  return { ...claims, denied: [...revoked] };
}

test('gives what JSON.parse does, however the JSON is spaced', async () => {
  await assert(
    asyncProperty(uniqueArray(id), dictionary(id, jsonValue()), async (denied, clients) => {
      const value = { iss: 'https://ä.example "denied":[', denied, clients };
      const spaced = JSON.stringify(value).replace('"denied":[', '"denied":[  ').replace(']', ' \n] ');
      const parsed = JSON.parse(JSON.stringify(value));
      for (const text of [
        JSON.stringify(value),
        ...(denied.some((each) => each.includes(']')) ? [] : [spaced]),
      ])
        expect(await read(text)).toEqual(parsed);
    }),
  );
});

test.each([
  ['{}'],
  ['{"denied":{}}'],
  ['{"denied":["a",]}'],
  ['{"denied":["a" "b"]}'],
  ['{"denied":["a"'],
  ['{"denied":[1]}'],
  ['{"denied":["a",["b"]]}'],
  ['{"denied":["a\\u0062"]}'],
  ['{"denied":[]'],
  ['{"denied":["a"]}}'],
  ['null'],
])('%s is no list', async (text) => {
  await expect(read(text)).rejects.toThrow();
});

test('never hangs and never throws anything but an Error', async () => {
  await assert(
    asyncProperty(string({ unit: 'grapheme' }), async (text) => {
      for (const each of [encoded(`{"denied":[${text}`), text])
        await expect(
          readInSlices(each, new Set()).catch((error) => error instanceof Error),
        ).resolves.toBeTruthy();
    }),
  );
});

test('a list of a hundred thousand entries is read in many turns', async () => {
  const denied = Array.from({ length: 100_000 }, (_, index) => `0b0e7f6e-${index}`);
  const payload = encoded(JSON.stringify({ iss: 'x', denied, clients: {} }));
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  });
  const revoked = new Set<string>();
  await readInSlices(payload, revoked);
  clearInterval(counting);
  expect(revoked.size).toBe(100_000);
  expect(turns).toBeGreaterThan(20);
});
