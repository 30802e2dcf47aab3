// What is stored is judged when it is typed, by one guard for each kind of value, whichever noun it belongs to.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project } from './program.ts';

let place: Project;

beforeAll(async () => {
  place = await projectInProcess({ issuers: [{ name: 'main', location: '/' }] });
  await place.json(['scope', 'create', 'read']);
  await place.json(['client', 'create', '--id', 'app', '--scope', 'read']);
  await place.json(['user', 'create', '--login', 'ann']);
});
afterAll(cleanUp);

const client = ['client', 'create'];
const app = ['client', 'update', 'app'];

/** Every option that takes a name, and every one that takes a text. */
const names: [option: string, args: readonly string[]][] = [
  ['--name', client],
  ['--name', app],
  ['--owner', app],
  ['--name', ['user', 'update', 'ann']],
  ['--name', ['user', 'create', '--login', 'bob']],
  ['--theme-name', ['issuer', 'create', 'other', '--location', '/other']],
];
const texts: [option: string, args: readonly string[], before?: string][] = [
  ['--consent-message', app],
  ['--description', ['scope', 'update', 'read']],
  ['--description', ['scope', 'create', 'write']],
  ['--description-for', ['scope', 'update', 'read'], 'de='],
];
const hostile = ['a\u001b[2J', 'a\u009b2J', 'a\u202Eb', 'a\u2028b', 'a\u200Bb', 'a\u0000b'];

describe('words', () => {
  test.each(names)('%s of %j', async (option, args) => {
    for (const word of [...hostile, 'a\nb', 'x'.repeat(101)])
      expectMistake(
        await place.run([...args, option, word]),
        new RegExp(`${option}: .*1 to 100 characters, all of which can be seen`),
      );
  });

  test.each(texts)('%s of %j', async (option, args, before = '') => {
    for (const word of [...hostile, 'x'.repeat(501)])
      expectMistake(await place.run([...args, option, before + word]), new RegExp(`${option}: .*500 char`));
  });

  test('are stored in one spelling', async () => {
    const { client_name } = await place.json([...app, '--name', ' Jo\u0308rg 李 ']);
    expect(client_name).toBe('J\u00F6rg 李');
  });

  test.each([
    [['user', 'create', '--login', 'a\u202Eb'], /--login: got ".*", expected 1 to 200/],
    [['user', 'create', '--login', 'a\u3164b'], /--login: got ".*", expected 1 to 200/],
    [['user', 'update', 'ann', '--email', 'ann\u200B@example.com'], /--email: got/],
    [['scope', 'create', 'x'.repeat(201)], /scope: got "x{80}…", expected 1 to 200 characters/],
  ])('%j', async (args, what) => expectMistake(await place.run(args), what));
});

describe('what stands twice', () => {
  const uri = 'https://app.example/cb';
  test.each([
    [[...client, '--scope', 'read,read'], '--scope: got "read" twice'],
    [[...client, '--redirect-uri', uri, '--redirect-uri', uri], `--redirect-uri: got "${uri}" twice`],
    [[...app, '--logout-uri', uri, '--logout-uri', uri], `--logout-uri: got "${uri}" twice`],
    [
      [...app, '--grant-types', 'client_credentials,client_credentials'],
      '--grant-types: got "client_credentials" twice',
    ],
    [
      ['issuer', 'create', 'b', '--location', '/b', '--resource', uri, '--resource', uri],
      `--resource: got "${uri}" twice`,
    ],
  ])('%j', async (args, what) => expectMistake(await place.run(args), what));
});

describe('a URI', () => {
  test.each([
    [
      [...app, '--redirect-uri', 'https://app.example\\evil.example/'],
      /expected https:.*how a browser writes it/,
    ],
    [[...app, '--redirect-uri', 'https://APP.example/cb'], /expected https:\/\/app\.example\/cb, which is/],
    [[...app, '--redirect-uri', 'https://app.example/a/../cb'], /expected https:\/\/app\.example\/cb,/],
    [[...app, '--redirect-uri', `https://app.example/${'x'.repeat(2000)}`], /2000 characters at most/],
    [[...app, '--logout-uri', 'https://app.example:443/'], /--logout-uri: .*how a browser writes it/],
    [[...app, '--logo', 'https://app.example/\u202Elogo.svg'], /--logo: .*expected an https URL/],
    [[...app, '--logo', `https://app.example/${'x'.repeat(2000)}`], /--logo: .*2000 characters at most/],
  ])('%j', async (args, what) => expectMistake(await place.run(args), what));
});

test.each([
  [['client', 'secret', 'add', 'app', '--expires', '0s'], /--expires: got \S+, expected a time to come/],
  [[...client, '--secret-expires', '0d'], /--secret-expires: got \S+, expected a time to come/],
])('a secret that is dead on arrival: %j', async (args, what) => expectMistake(await place.run(args), what));
