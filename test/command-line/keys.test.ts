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
  expect(await place.json(['key', 'rotate', '--now'])).toMatchObject({
    issuer: 'main',
    alg: 'EdDSA',
    state: 'active',
  });
  const { code, stdout } = await place.run(['key', 'rotate', '--issuer', 'main']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^issuer: +main\nkid: +[\w-]{43}\nalg: +EdDSA\nstate: +published\n/);
  const activates = fromNow(/^activates_at: +(\S+)$/m.exec(stdout)?.[1] ?? '');
  // As long as anybody may keep an old key set.
  expect(activates).toBeGreaterThan(5 * minute);
  expect(activates).toBeLessThan(30 * minute);
});

test('list, as text and as JSON', async () => {
  await rotateThrice();
  const [table, keys] = await Promise.all([place.run(['key', 'list']), place.json(['key', 'list'])]);
  const states = keys.map(({ state }: { state: string }) => state);
  expect(states.sort()).toEqual(['active', 'published', 'retiring']);
  expect(table.stdout).toMatch(
    /^ISSUER +KID +ALG +STATE +ACTIVATES +RETIRES\nmain +[\w-]{43} +EdDSA +published /,
  );
  expect(table.stdout.trim().split('\n')).toHaveLength(4);
  expect(JSON.stringify(keys)).not.toMatch(/private|sealed|"d":/);
});

test('as JSON a time that is not known is null', async () => {
  await rotateThrice();
  const [newest] = await place.json(['key', 'list', '--issuer', 'main']);
  expect(newest).toMatchObject({ state: 'published', retires_at: null, expires_at: null });
});

test('revoke ends a key that signs no more, and no other', async () => {
  await rotateThrice();
  const keys: { kid: string; state: string }[] = await place.json(['key', 'list']);
  const kidOf = (is: string) => keys.find(({ state }) => state === is)?.kid ?? '';
  const refused = await place.run(['key', 'revoke', kidOf('active')]);
  expectMistake(refused, /signs: first run tessera key rotate --now/);
  const kid = kidOf('retiring');
  expect(await place.json(['key', 'revoke', kid])).toEqual({ issuer: 'main', kid, revoked: true });
  expect((await place.json(['key', 'list'])).find((key: { kid: string }) => key.kid === kid).state).toBe(
    'retired',
  );
});

test('an issuer that does not exist', async () => {
  expectMistake(await place.run(['key', 'rotate', '-i', 'nobody']), /issuer nobody: expected one of main/);
});
