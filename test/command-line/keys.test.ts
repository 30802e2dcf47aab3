// tessera key: rotated, listed, revoked.

import { afterAll, beforeEach, expect, test } from 'vitest';
import { projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project } from './program.ts';

let place: Project;
beforeEach(async () => {
  place = await projectInProcess({ issuers: [{ name: 'main', location: '/', signing_alg: 'EdDSA' }] });
});
afterAll(cleanUp);

const minute = 60_000;
/** One that has signed, one that signs, one that is to. */
const rotateThrice = async () => {
  for (const options of [['--now'], ['--now'], []]) await place.json(['key', 'rotate', ...options]);
};
const fromNow = (time: string) => Date.parse(time) - Date.now();

test('rotate publishes a key that signs later; --now, one that signs at once', async () => {
  await place.json(['key', 'rotate', '--now']);
  const made = { issuer: 'main', state: 'active' };
  expect(await place.json(['key', 'rotate', '--now'])).toMatchObject([
    { ...made, alg: 'EdDSA' },
    { ...made, alg: 'RS256' },
  ]);
  const { code, stdout } = await place.run(['key', 'rotate', '--issuer', 'main']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^ISSUER .*\nmain +[\w-]{43} +EdDSA +published .*\nmain +[\w-]{43} +RS256 +published .*\n$/,
  );
  const activates = fromNow(/published +(\S+)/.exec(stdout)?.[1] ?? '');
  // As long as anybody may keep an old key set.
  expect(activates).toBeGreaterThan(5 * minute);
  expect(activates).toBeLessThan(30 * minute);
});

test('rotate of one algorithm leaves the other keys alone', async () => {
  await place.json(['key', 'rotate', '--now']);
  const before = await place.json(['key', 'list']);
  const [made, ...more] = await place.json(['key', 'rotate', '--now', '--alg', 'RS256']);
  expect([made.alg, more]).toEqual(['RS256', []]);
  const byAlg = (keys: { alg: string }[]) => keys.filter(({ alg }) => alg === 'EdDSA');
  expect(byAlg(await place.json(['key', 'list']))).toEqual(byAlg(before));
  const refused = await place.run(['key', 'rotate', '--alg', 'ES256']);
  expectMistake(refused, /--alg: got "ES256", expected one of EdDSA, RS256 for issuer main/);
});

test('rotate says what it means where tokens name no key', async () => {
  const tilia = await projectInProcess({ issuers: [{ name: 'main', location: '/', dialect: 'tilia' }] });
  const { stdout } = await tilia.run(['key', 'rotate']);
  expect(stdout).toMatch(
    /^ISSUER .*\nmain +[\w-]{43} +RS512 +active .*\n\nThe tokens of this issuer name no key/,
  );
});

test('list, as text and as JSON', async () => {
  await rotateThrice();
  const [table, keys] = await Promise.all([place.run(['key', 'list']), place.json(['key', 'list'])]);
  const states = keys.map(({ state }: { state: string }) => state);
  expect(states.sort()).toEqual(['active', 'published', 'retiring'].flatMap((state) => [state, state]));
  expect(table.stdout).toMatch(
    /^ISSUER +KID +ALG +STATE +ACTIVATES +RETIRES\nmain +[\w-]{43} +EdDSA +published /,
  );
  expect(table.stdout.trim().split('\n')).toHaveLength(7);
  expect(JSON.stringify(keys)).not.toMatch(/private|sealed|"d":/);
});

test('as JSON a time that is not known is absent', async () => {
  await rotateThrice();
  const [newest] = await place.json(['key', 'list', '--issuer', 'main']);
  expect(newest).toMatchObject({ state: 'published' });
  for (const member of ['retires_at', 'expires_at']) expect(newest).not.toHaveProperty(member);
});

test('revoke ends a key that signs no more, and no other', async () => {
  await rotateThrice();
  const keys: { kid: string; state: string }[] = await place.json(['key', 'list']);
  const kidOf = (is: string) => keys.find(({ state }) => state === is)?.kid ?? '';
  const refused = await place.run(['key', 'revoke', kidOf('active')]);
  expectMistake(refused, /signs: first run tessera key rotate --now/);
  const kid = kidOf('retiring');
  expect(await place.json(['key', 'revoke', kid])).toMatchObject({ issuer: 'main', kid, state: 'retired' });
  expect((await place.json(['key', 'list'])).find((key: { kid: string }) => key.kid === kid).state).toBe(
    'retired',
  );
});

test('an issuer that does not exist', async () => {
  expectMistake(
    await place.run(['key', 'rotate', '-i', 'nobody']),
    /--issuer: got "nobody", expected one of main/,
  );
});
