// tessera user: created, listed, shown, disabled, reset, deleted. A password is shown once.

import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPasswords } from '../../packages/server/src/credentials/passwords.ts';
import { readMasterKeyFile } from '../../packages/server/src/keys/master-key.ts';
import type { Schema } from '../../packages/server/src/store/sql/schema.ts';
import { openSqlite } from '../../packages/server/src/store/sql/sqlite.ts';
import {
  findOrCreateUserByIdentity,
  saveExternalUser,
} from '../../packages/server/src/store/tables/identities.ts';
import { addPasskey } from '../../packages/server/src/store/tables/passkeys.ts';
import { replaceRecoveryCodes } from '../../packages/server/src/store/tables/recovery-codes.ts';
import { setTotp } from '../../packages/server/src/store/tables/totp.ts';
import { findUserByLogin } from '../../packages/server/src/store/tables/users.ts';
import { addGrant, addSession } from '../support/accounts.ts';
import { projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project, tessera } from './program.ts';

let place: Project;
let db: Kysely<Schema>;

beforeEach(async () => {
  place = await projectInProcess({ issuers: [{ name: 'one', location: '/' }] });
  await place.json(['client', 'create', '--id', 'app', '--name', 'An app']);
  db = openSqlite(join(place.folder, 'data/tessera.db'));
});
afterEach(() => db.destroy());
afterAll(cleanUp);

const user = (...args: string[]) => ['user', ...args];
/** Ann, as the command shows her. */
const createAnn = (): Promise<{ id: string; password: string }> => {
  const names = ['--name', 'Ann Example', '--email', 'ann@example.com'];
  return place.json(user('create', '--login', ' Ann@Example.com', ...names));
};
/** Gives a user TOTP, recovery codes and a passkey. */
async function enrol(id: string, now: number): Promise<void> {
  await setTotp(db, id, 'sealed-secret', 1, now);
  await replaceRecoveryCodes(db, id, ['hash-1', 'hash-2'], now);
  const key = { id: 'credential', user_id: id, name: 'Phone', public_key: 'cose-key', counter: 0 };
  await addPasskey(db, { ...key, transports: [] }, now);
}
const generated = /(?:[\da-z]{4}-){3}[\da-z]{4}/;

/** With something on standard input, which only a process of its own has. */
const typed = (input: string, ...args: string[]) =>
  tessera(['user', ...args, '--password-stdin', '--config', place.file], { cwd: place.folder, input });

async function fits(login: string, password: string): Promise<boolean> {
  const passwords = createPasswords(await readMasterKeyFile(join(place.folder, 'data/master.key'), false));
  return passwords.matches((await findUserByLogin(db, login))?.password_hash, password);
}

test('claims of OpenID Connect are told, changed and taken away', async () => {
  const { login } = await place.json(
    user(
      'create',
      '--login',
      'ann',
      '--email',
      'ann@example.com',
      '--email-verified',
      '--claim',
      'given_name=Ann',
    ),
  );
  const update = (...args: string[]) => place.json(user('update', login, ...args));
  const claims = ['phone_number=+41 44 668 18 00', 'phone_number_verified=true', 'address.country=CH'];
  expect(await update(...claims.flatMap((claim) => ['--claim', claim]))).toMatchObject({
    email_verified: true,
    claims: {
      given_name: 'Ann',
      phone_number: '+41 44 668 18 00',
      phone_number_verified: true,
      address: { country: 'CH' },
    },
  });
  // A number, or an address, that changes was shown to nobody yet.
  const moved = ['phone_number=+41 44 668 18 01', 'address.locality=Zurich', 'given_name='];
  const changed = await update('--email', 'ann@example.org', ...moved.flatMap((claim) => ['--claim', claim]));
  expect([changed.email_verified, changed.claims]).toEqual([
    false,
    { phone_number: '+41 44 668 18 01', address: { country: 'CH', locality: 'Zurich' } },
  ]);
  expect((await update('--email-verified')).email_verified).toBe(true);
  expect((await update('--no-email-verified')).email_verified).toBe(false);
  expect((await update('--claim', 'address=')).claims).toEqual({ phone_number: '+41 44 668 18 01' });
  expect((await place.run(user('show', 'ann'))).stdout).toMatch(/^phone_number: +\+41 44 668 18 01$/m);
});

test.each([
  ['hair=red', /--claim: hair: unknown key/],
  ['birthdate=2023-02-29', /--claim: birthdate: got "2023-02-29", expected a date/],
  ['birthdate=5.6.87', /birthdate: got/],
  ['zoneinfo=Moon/Crater', /zoneinfo: got "Moon\/Crater", expected a time zone/],
  ['locale=_', /locale: got "_", expected a language tag/],
  ['picture=javascript:alert(1)', /picture: got .*, expected an https or http URL/],
  ['phone_number=044', /phone_number: got "044", expected a number such as/],
  ['phone_number_verified=perhaps', /phone_number_verified: got "perhaps", expected/],
  ['address.planet=Earth', /address.planet: unknown key/],
  ['address=CH', /address: got "CH", expected/],
  ['nickname=a\u0007b', /nickname: got/],
  ['__proto__=x', /__proto__: unknown key|expected/],
])('%s is no claim', async (claim, words) => {
  await createAnn();
  expectMistake(await place.run(user('update', 'ann@example.com', '--claim', claim)), words);
});

test('an address that is not there cannot be verified', async () => {
  await place.json(user('create', '--login', 'bob'));
  const words = /has no email address that could be verified/;
  expectMistake(await place.run(user('update', 'bob', '--email-verified')), words);
  expectMistake(await place.run(user('create', '--login', 'eve', '--email-verified')), words);
});

test('create, as JSON and as text, with a password that works', async () => {
  const made = await createAnn();
  expect(made).toEqual({
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    login: 'ann@example.com',
    name: 'Ann Example',
    email: 'ann@example.com',
    email_verified: false,
    totp: false,
    disabled: false,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    password: expect.stringMatching(new RegExp(`^${generated.source}$`)),
  });
  expect(await fits('ann@example.com', made.password)).toBe(true);
  const { code, stdout } = await place.run(user('create', '--login', 'ben'));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^id: +[\da-f-]{36}\nlogin: +ben\nemail_verified: +false\n/);
  const [, password = ''] =
    /^password: +(\S+)\n\nKeep the password now: it is not shown again\.\n$/m.exec(stdout) ?? [];
  expect(password).toMatch(generated);
  expect(await fits('ben', password)).toBe(true);
  expect(await fits('ben', made.password)).toBe(false);
});

test('create with a password of one’s own, which is not shown', async () => {
  const { code, stdout } = await typed('correct horse\n', 'create', '--login', 'cleo', '--output', 'json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ login: 'cleo' });
  expect(JSON.parse(stdout)).not.toHaveProperty('password');
  expect(await fits('cleo', 'correct horse')).toBe(true);
});

test('list and show, as JSON and as text, tell no password', async () => {
  const made = await createAnn();
  await place.json(user('create', '--login', 'ben'));
  const now = Date.now();
  await enrol(made.id, now);
  await addGrant(db, 'grant', made.id, 'app', { refresh_expires_at: now + 60_000, expires_at: now + 60_000 });
  const { password, ...before } = made;
  const time = expect.stringMatching(/Z$/);
  const [list, table, shown, text, byId] = await Promise.all([
    place.json(user('list')),
    place.run(user('list')),
    place.json(user('show', 'ANN@example.com')),
    place.run(user('show', 'ann@example.com')),
    place.json(user('show', made.id)),
  ]);
  expect(list.map(({ login }: { login: string }) => login)).toEqual(['ann@example.com', 'ben']);
  expect(list[0]).toEqual({ ...before, totp: true });
  const [heading, first] = table.stdout.split('\n');
  expect(heading).toMatch(/^ID +LOGIN +NAME +EMAIL +STATE$/);
  expect(first).toMatch(/ ann@example\.com +Ann Example +ann@example\.com +enabled$/);
  expect(shown).toEqual({
    ...before,
    totp: true,
    recovery_codes: 2,
    passkeys: [{ id: 'credential', name: 'Phone', created_at: time }],
    apps: [
      { issuer: 'one', client_id: 'app', client_name: 'An app', scope: 'read offline_access', since: time },
    ],
  });
  expect(byId).toEqual(shown);
  expect(text.stdout).toMatch(/^totp: +true$/m);
  expect(text.stdout).toMatch(/^passkey +Phone +-\napp +An app \(one\) +\S+Z$/m);
  const said = JSON.stringify([list, shown]) + table.stdout + text.stdout;
  for (const secret of [password, 'argon2', 'sealed-secret', 'hash-1', 'cose-key'])
    expect(said, secret).not.toContain(secret);
});

test('disable ends sessions and grants, enable does not bring them back', async () => {
  const made = await createAnn();
  await addSession(db, made.id, 'cookie');
  await addGrant(db, 'grant', made.id, 'app');
  const left = async () => ({
    sessions: (await db.selectFrom('sessions').select('hash').execute()).length,
    live: (await db.selectFrom('grants').select('id').where('revoked_at', 'is', null).execute()).length,
  });
  expect(await left()).toEqual({ sessions: 1, live: 1 });
  expect(await place.json(user('disable', 'ann@example.com'))).toMatchObject({ id: made.id, disabled: true });
  expect(await left()).toEqual({ sessions: 0, live: 0 });
  expect((await place.run(user('list'))).stdout).toMatch(/ann@example\.com +disabled$/m);
  expect((await place.run(user('enable', made.id))).stdout).toMatch(/^disabled: +false$/m);
  expect(await left()).toEqual({ sessions: 0, live: 0 });
});

test('reset-password shows a new one once, and takes away what is told', async () => {
  const made = await createAnn();
  await enrol(made.id, Date.now());
  await addSession(db, made.id, 'cookie');
  const first = await place.json(user('reset-password', 'ann@example.com'));
  expect(first).toMatchObject({ id: made.id, totp: true, passkeys: [{ name: 'Phone' }] });
  expect(await fits('ann@example.com', first.password)).toBe(true);
  expect(await fits('ann@example.com', made.password)).toBe(false);
  expect(await db.selectFrom('sessions').select('hash').execute()).toEqual([]);
  const { stdout } = await place.run(user('reset-password', made.id, '--remove-totp', '--remove-passkeys'));
  expect(stdout).toMatch(/^totp: +false$/m);
  expect(stdout).toMatch(/^passkeys: +-$/m);
  expect(stdout).toMatch(/^password: +\S+\n\nKeep the password now/m);
  expect(await place.json(user('show', made.id))).toMatchObject({ recovery_codes: 0, passkeys: [] });
  const own = await typed('battery staple', 'reset-password', made.id);
  expect(own.stdout).not.toMatch(/password|battery/);
  expect(await fits('ann@example.com', 'battery staple')).toBe(true);
});

test('delete, as JSON and as text', async () => {
  const made = await createAnn();
  for (const login of ['ben', 'cleo']) await place.json(user('create', '--login', login));
  const [json, text] = await Promise.all([
    place.json(user('delete', 'ann@example.com')),
    place.run(user('delete', 'ben')),
  ]);
  expect(json).toEqual({ id: made.id, login: 'ann@example.com', deleted: true });
  expect(text.stdout).toBe('deleted the user ben\n');
  expect((await place.json(user('list'))).map(({ login }: { login: string }) => login)).toEqual(['cleo']);
  // By whatever name it was called.
  for (const name of [made.id, 'ann@example.com', 'Ann@Example.com', 'ben']) {
    expect((await place.run(user('delete', name))).stdout).toBe(`already deleted the user ${name}\n`);
    expect(await place.json(user('delete', name))).toEqual({
      [name === made.id ? 'id' : 'login']: name,
      deleted: true,
    });
  }
  const kept = await db.selectFrom('used_once').selectAll().execute();
  expect(kept).toHaveLength(2);
  expect(JSON.stringify(kept)).not.toMatch(/ann|ben/i);
});

describe('refused', () => {
  const create = (...options: string[]) => user('create', '--login', 'dora', ...options);
  test.each<[args: string[], what: RegExp]>([
    [user('create'), /--login/],
    [user('create', '--login', ''), /login: got "", expected 1 to 200 characters without blanks/],
    [user('create', '--login', 'two words'), /login: got "two words"/],
    [user('create', '--login', 'line\nend'), /login: got "line\\nend"/],
    [user('create', '--login', 'invisible\u200b'), /login: got/],
    [user('create', '--login', 'a'.repeat(201)), /login: got/],
    [create('--claim', 'email=dora@example.com'), /--claim: .*email has an option of its own, --email/],
    [create('--email', 'dora'), /email: got "dora", expected an address such as/],
    [create('--email', 'a@b@c'), /email: got/],
    [create('--name', ''), /name: got "", expected 1 to 100 characters/],
    [user('show'), /missing required argument.*user/],
    ...['show', 'disable', 'enable', 'delete', 'reset-password'].map((name): [string[], RegExp] => [
      user(name, 'nobody'),
      /user nobody: there is no such login or id/,
    ]),
  ])('%j', async (args, what) => expectMistake(await place.run(args), what));

  test('a login that is taken', async () => {
    await createAnn();
    const finished = await place.run(user('create', '--login', 'ANN@example.com'));
    expectMistake(finished, /user ann@example\.com: there is one of that login already/);
  });

  test.each<[input: string, what: RegExp]>([
    ['', /--password-stdin: expected 8 characters at least/],
    ['a'.repeat(513), /--password-stdin: expected 512 characters at most/],
    ['DORA@example.com', /--password-stdin: expected another than the login/],
    ['two\nlines of text', /--password-stdin: expected one line without control characters/],
  ])('the password %j', async (input, what) => {
    expectMistake(await typed(input, 'create', '--login', 'dora@example.com'), what);
    expect(await findUserByLogin(db, 'dora@example.com')).toBeUndefined();
  });

  test('to give a password to one who signs in elsewhere', async () => {
    await findOrCreateUserByIdentity(db, 'corp', 'eve', { name: 'Eve', fresh_id: 'eve-id' }, Date.now());
    expectMistake(await place.run(user('reset-password', 'eve-id')), /user eve-id: signs in elsewhere/);
    expect((await place.run(user('list'))).stdout).toMatch(/^eve-id +- +Eve +- +enabled$/m);
  });

  test('to guess who is meant', async () => {
    await place.json(user('create', '--login', 'cleo'));
    await saveExternalUser(db, { id: 'cleo' }, Date.now());
    const { id = '' } = (await findUserByLogin(db, 'cleo')) ?? {};
    const finished = await place.run(user('disable', 'cleo'));
    expectMistake(
      finished,
      new RegExp(`user cleo: is the id of one and the login of another, whose id is ${id}`),
    );
    expect(await place.json(user('disable', id))).toMatchObject({ login: 'cleo', disabled: true });
  });
});
