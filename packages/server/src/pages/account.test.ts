import { expect, test } from 'vitest';
import { masterKey } from '../../../../test/support/key-database.ts';
import { createPasswords } from '../credentials/passwords.ts';
import { type Account, accountPage, type Language, type PageContext } from './index.ts';

const context = (language: Language): PageContext => ({
  language,
  theme: { name: 'Acme' },
  base: '/acme/account',
});
const c = context('en');

const ada: Account = {
  csrf: 'x',
  action_base: '/account/x',
  user: { name: 'Ada', login: 'ada' },
  apps: [
    {
      issuer: 'x',
      client_id: 'x',
      name: 'x',
      scopes: [
        { name: 'ax', description: '' },
        { name: 'b', description: 'x' },
      ],
      since: 0,
    },
  ],
  sessions: [
    { id: 'x', device: 'Firefox, Windows', since: 0, last_seen_at: 1, current: true },
    { id: 'y', last_seen_at: 1, current: false },
  ],
  passkeys: [{ id: 'x', name: 'x', created_at: 0, last_used_at: 1 }],
  totp: true,
  recovery_codes_left: 2,
  passkey_options: JSON.stringify({ challenge: 'x' }),
  local: true,
  notice: 'passkey_added',
  problem: 'too_short',
};

test('posts each change to a path of its own', () => {
  const paths = (data: Account) =>
    [...accountPage(c, data).matchAll(/<form method="post" action="\/account\/x([^"]*)"/g)].map(
      ([, path]) => path,
    );
  const ofApps = ['/sign-out', '/disconnect', '/sessions/end'];
  const ofSignIn = ['/passkeys/remove', '/passkeys/add', '/totp/off', '/password'];
  expect(paths(ada)).toEqual([...ofApps, ...ofSignIn, '/language']);
  expect(paths({ ...ada, totp: false })).toContain('/totp/start');
  expect(paths({ ...ada, local: false })).toEqual([...ofApps, '/language']);
});

test('asks for passwords of a length that will be taken', async () => {
  const { objection } = createPasswords(masterKey());
  const [, shortest] = /<input id="new_password"[^>]* minlength="(\d+)"/.exec(accountPage(c, ada)) ?? [];
  expect(await objection('kqzvwtxjhrmp'.slice(0, Number(shortest)), 'ada')).toBe(undefined);
  expect(await objection('x'.repeat(Number(shortest) - 1), 'ada')).toBe('too_short');
  expect(accountPage(c, ada)).toContain(`needs at least ${shortest} characters`);
});

test.each<[NonNullable<Account['problem']>, field: string, sentence: string]>([
  ['wrong', 'password', 'The current password is not right.'],
  ['throttled', 'password', 'Too many attempts. Try again in 30 seconds.'],
  ['too_short', 'new_password', 'The new password needs at least 8 characters.'],
  ['too_long', 'new_password', 'The new password is too long.'],
  ['control_character', 'new_password', 'The new password has a character that cannot be used.'],
  ['is_login', 'new_password', 'The new password must differ from your user name.'],
])('a password that is %s is to be mended in %s', (problem, field, sentence) => {
  const document = accountPage(c, { ...ada, problem, wait_seconds: 30 });
  expect(document).toContain(`role="alert" id="problem">${sentence}</p>`);
  const [focused] = document.match(/<input[^>]* autofocus[^>]*>/g) ?? [];
  expect(focused).toContain(` name="${field}"`);
  expect(focused).toContain(' aria-describedby="problem');
});

test('writes days as the language does', () => {
  const since = Date.UTC(2026, 4, 3);
  const data = { ...ada, passkeys: [], apps: ada.apps.map((app) => ({ ...app, since })) };
  expect(accountPage(c, data)).toContain('<time datetime="2026-05-03">May 3, 2026</time>');
  expect(accountPage(context('de'), data)).toContain('<time datetime="2026-05-03">3. Mai 2026</time>');
});
