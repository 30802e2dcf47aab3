// What an administrator sees and ends: grants, sessions, tokens, usage, and the record of changes. Issuers, scopes and users
// that are changed. Lists in pages.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Schema } from '../../packages/server/src/store/sql/schema.ts';
import { openSqlite } from '../../packages/server/src/store/sql/sqlite.ts';
import { createSession } from '../../packages/server/src/store/tables/sessions.ts';
import { addGrant, sessionOf } from '../support/accounts.ts';
import { projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project, program } from './program.ts';

let place: Project;
let db: Kysely<Schema>;
const now = Date.now();
const hour = 3_600_000;
const day = 24 * hour;
const today = Math.floor(now / day) * day;

beforeAll(async () => {
  place = await projectInProcess({ listen: { port: 8080 }, issuers: [{ name: 'main', location: '/' }] });
  await place.json(['token', 'revoke', '--jti', 'listed', '--issuer', 'main']);
  await place.json(['client', 'create', '--id', 'app', '--name', 'An app', '--owner', 'Acme']);
  await place.json(['client', 'create', '--id', 'other', '--owner', 'Other']);
  await place.json(['scope', 'create', 'known']);
  await place.json(['key', 'rotate', '--now']);
  db = openSqlite(join(place.folder, 'data/tessera.db'));
  await addGrants();
  await addUsage();
});
afterAll(async () => {
  await db.destroy();
  await cleanUp();
});

/** Of a user called gina: three grants and two sessions. */
async function addGrants(): Promise<void> {
  const { id } = await place.json(['user', 'create', '--login', 'gina']);
  const lasting = { refresh_expires_at: now + hour, expires_at: now + 2 * hour, created_at: now };
  for (const grant of ['grant-a', 'grant-b', 'grant-c'])
    await addGrant(db, grant, id, grant === 'grant-c' ? 'other' : 'app', { issuer: 'main', ...lasting });
  for (const [index, hash] of ['hash-a', 'hash-b'].entries())
    await createSession(
      db,
      sessionOf(id, hash, { auth_time: now / 1000 + index, expires_at: now + hour }),
      now,
    );
}

async function addUsage(): Promise<void> {
  await db
    .insertInto('usage')
    .values([
      { issuer: 'main', client_id: 'app', hour: today, tokens: 2 },
      { issuer: 'main', client_id: 'app', hour: today + hour, tokens: 3 },
      { issuer: 'main', client_id: 'other', hour: today, tokens: 7 },
    ])
    .execute();
  await db
    .insertInto('usage_days')
    .values({ issuer: 'main', client_id: 'app', day: today - 40 * day, tokens: 11 })
    .execute();
}

const names = (items: { name: string }[]) => items.map(({ name }) => name);

describe('an issuer', () => {
  // The others name no issuer, since there is but one.
  afterEach(async () => {
    for (const name of names(await place.json(['issuer', 'list'])).filter((each) => each !== 'main'))
      await place.json(['issuer', 'delete', name, '--with-clients']);
  });

  const create = (name: string) => place.json(['issuer', 'create', name, '--location', `/${name}`]);

  test('is changed, and nothing of it but what is told', async () => {
    const made = await create('partners');
    const update = (...options: string[]) => ['issuer', 'update', 'partners', ...options];
    const changed = await place.json(
      update('--lifetime', '600', '--signing-alg', 'EdDSA', '--theme-name', 'Acme', '--resource', 'urn:a'),
    );
    const settings = { access_token_lifetime: 600, signing_alg: 'EdDSA', resources: ['urn:a'] };
    expect(changed).toEqual({ ...made, ...settings, theme: { name: 'Acme' } });
    const again = await place.json(update('--theme-color', '#0a5fd4', '--lifetime', ''));
    expect(again).toEqual({
      ...changed,
      access_token_lifetime: 3600,
      theme: { name: 'Acme', color: '#0a5fd4' },
    });
    const back = ['--signing-alg', '', '--resource', '', '--theme-name', '', '--theme-color', ''];
    expect(await place.json(update(...back))).toEqual(made);
    const moved = await place.run(update('--location', '/friends'));
    expect(moved.stdout).toMatch(/^token_endpoint: +http:\/\/127\.0\.0\.1:8080\/friends\/oauth2\/token$/m);
    const keys: { alg: string; issuer: string }[] = await place.json(['key', 'list', '-i', 'partners']);
    expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(['ES256', 'EdDSA', 'RS256']));
  });

  test('that is disabled is not served, and keeps what it has', async () => {
    await create('closed');
    expect(await place.json(['issuer', 'disable', 'closed'])).toMatchObject({
      name: 'closed',
      disabled: true,
    });
    expect((await place.run(['issuer', 'list'])).stdout).toMatch(/^closed .* disabled$/m);
    const server = await place.start({ TESSERA_LISTEN_PORT: '0' });
    const token = () => fetch(`${server.json.origin}/closed/oauth2/token`, { method: 'POST' });
    expect((await token()).status).toBe(404);
    expect((await place.run(['issuer', 'enable', 'closed'])).stdout).toBe('enabled closed\n');
    await expect.poll(async () => (await token()).status, { timeout: 3000 }).toBe(400);
    await place.json(['issuer', 'disable', 'closed']);
    await expect.poll(async () => (await token()).status, { timeout: 3000 }).toBe(404);
    await place.json(['issuer', 'enable', 'closed']);
    await server.end();
  });

  test('that has clients is deleted only with them', async () => {
    await create('full');
    await place.json(['client', 'create', '-i', 'full', '--id', 'theirs']);
    await place.json(['scope', 'create', 'read', '-i', 'full']);
    const remove = ['issuer', 'delete', 'full'];
    expectMistake(await place.run(remove), /issuer full: has 1 client/);
    expect(await place.json([...remove, '--with-clients'])).toEqual({ name: 'full', deleted: true });
    expect(names(await place.json(['issuer', 'list']))).not.toContain('full');
    for (const table of ['clients', 'client_secrets', 'scopes', 'signing_keys'] as const)
      expect(await db.selectFrom(table).selectAll().where('issuer', '=', 'full').execute()).toEqual([]);
  });

  test.each<[args: string[], what: RegExp]>([
    [
      ['issuer', 'create', 'in', '--location', '/oauth2', '--dialect', 'tilia'],
      /--location: .*main answers at .*\/oauth2\/token already/,
    ],
    [['issuer', 'create', 'in', '--location', 'http://127.0.0.1:8080'], /--location: .*main has it already/],
    [['issuer', 'update', 'main', '--lifetime', '60'], /issuer main: is declared in the configuration/],
    [['issuer', 'delete', 'main', '--with-clients'], /issuer main: is declared in the configuration/],
    [
      ['issuer', 'create', 'in', '--location', '/in', '--theme-color', 'red'],
      /--theme-color: got "red", expected a colour/,
    ],
    [
      ['issuer', 'create', 'in', '--location', '/in', '--theme-logo', 'http://a.example'],
      /--theme-logo: .*https/,
    ],
    [['issuer', 'update', 'nobody', '--lifetime', '60'], /issuer nobody: there is no such issuer/],
    [['issuer', 'disable', 'nobody'], /issuer nobody: there is no such issuer/],
    [['issuer', 'delete', 'nobody'], /issuer nobody: there is no such issuer/],
  ])('%j is refused', async (args, what) => {
    expectMistake(await place.run(args), what);
    const left: { name: string; issuer: string }[] = await place.json(['issuer', 'list']);
    expect(left.filter(({ name }) => name === 'in')).toEqual([]);
    expect(left).toContainEqual(expect.objectContaining({ name: 'main', access_token_lifetime: 3600 }));
  });
});

describe('a scope', () => {
  beforeAll(() => place.json(['scope', 'create', 'described']));

  test('has words by language, which are changed one by one', async () => {
    const german = ['--description-for', 'de=Rechnungen = lesen'];
    const made = await place.json(['scope', 'create', 'invoices', '-d', 'Read invoices', ...german]);
    const flags = { sensitive: false, optional: false };
    const described = { issuer: 'main', name: 'invoices', description: 'Read invoices', ...flags };
    expect(made).toEqual({ ...described, descriptions: { de: 'Rechnungen = lesen' } });
    const update = ['scope', 'update', 'invoices'];
    const changed = await place.json([...update, '--description-for', 'FR=Lire']);
    expect(changed).toEqual({ ...described, descriptions: { de: 'Rechnungen = lesen', fr: 'Lire' } });
    const { stdout } = await place.run([...update, '--description-for', 'de=', '-d', 'See']);
    expect(stdout).toBe(
      'issuer:         main\nname:           invoices\ndescription:    See\nsensitive:      false\n' +
        'optional:       false\ndescription fr: Lire\n',
    );
  });

  test('can be sensitive, and left to the user; both can be taken back', async () => {
    const made = await place.json(['scope', 'create', 'payments', '--sensitive', '--optional']);
    expect(made).toMatchObject({ sensitive: true, optional: true });
    expect(made).not.toHaveProperty('description');
    const changed = await place.json(['scope', 'update', 'payments', '--no-sensitive', '-d', 'Pay']);
    expect(changed).toMatchObject({ description: 'Pay', sensitive: false, optional: true });
  });

  test.each<[args: string[], what: RegExp]>([
    [['scope', 'update', 'unheard-of', '-d', 'x'], /scope unheard-of: issuer main has no such scope/],
    [['scope', 'update', 'described', '--description-for', 'de-AT=x'], /--description-for: got "de-at"/],
    [['scope', 'update', 'described', '--description-for', 'words'], /--description-for/],
    [['scope', 'update', 'described', '-d', 'two\nlines'], /--description: got .*, expected one line/],
  ])('%j is refused', async (args, what) => expectMistake(await place.run(args), what));
});

describe('a client', () => {
  const create = (...options: string[]) => ['client', 'create', ...options];

  test('is called what its client_id is, where nobody says more', async () => {
    expect(await place.json(create('--id', 'unnamed-one'))).toMatchObject({ client_name: 'unnamed-one' });
  });

  test('has an owner of 100 characters, and a consent message of 500', async () => {
    const [owner, consent_message] = ['😀'.repeat(100), `${'ä\n'.repeat(249)}ää`];
    const made = await place.json(create('--owner', owner, '--consent-message', consent_message));
    expect(made).toMatchObject({ owner, consent_message });
  });

  test('loses with its last redirect URI what needs one, and its logo by an empty text', async () => {
    const redirect = ['--redirect-uri', 'https://app.example/cb', '--logo', 'https://app.example/a.png'];
    await place.json(create('--id', 'full', ...redirect));
    const update = ['client', 'update', 'full'];
    const emptied = await place.json([...update, '--redirect-uri', '', '--logo', '', '--owner', '']);
    const grant_types = ['client_credentials'];
    expect(emptied).toMatchObject({ redirect_uris: [], grant_types });
    for (const member of ['logo_uri', 'owner']) expect(emptied).not.toHaveProperty(member);
  });

  test.each<[args: string[], what: RegExp]>([
    [create('--public'), /--redirect-uri: .*a public client can do nothing without one/],
    [
      create('--grant-types', 'refresh_token'),
      /--grant-types: got refresh_token alone, expected authorization_code/,
    ],
    [create('--grant-types', 'authorization_code'), /--redirect-uri: expected a redirect URI/],
    [create('--grant-types', 'magic'), /--grant-types: got "magic", expected one of client_credentials/],
    [create('--name', ' '), /--name: got " ", expected 1 to 100 characters/],
    [create('--redirect-uri', 'https://a.example/#b'), /--redirect-uri: got "https:\/\/a\.example\/#b"/],
    [create('--logout-uri', 'nonsense'), /--logout-uri: got "nonsense"/],
    [create('--logo', 'http://a.example'), /--logo: got "http:\/\/a\.example", expected an https URL/],
    [create('--owner', 'a\tb'), /--owner: got "[^"]*", expected 1 to 100 characters/],
    [
      ['client', 'update', 'app', '--owner', 'x'.repeat(201)],
      /--owner: got "[^"]*", expected 1 to 100 characters/,
    ],
    [
      create('--consent-message', 'two\u0007bells'),
      /--consent-message: got "[^"]*", expected 500 characters at most/,
    ],
    [
      ['client', 'update', 'app', '--consent-message', 'ä'.repeat(501)],
      /--consent-message: got "[^"]*", expected 500 characters at most/,
    ],
    [create('--scope', 'fly'), /--scope: issuer main has no fly \(add it with: tessera scope create\)/],
    [['client', 'update', 'app', '--add-scope', 'fly'], /--add-scope: issuer main has no fly/],
    [['client', 'update', 'app', '--grant-types', ''], /--grant-types: got none/],
    [['client', 'secret', 'revoke', 'app', 'nobody'], /: secret nobody: client app has no such secret/],
  ])('%j is refused', async (args, what) => expectMistake(await place.run(args), what));
});

describe('a user', () => {
  beforeAll(async () => {
    for (const login of ['vera', 'taken']) await place.json(['user', 'create', '--login', login]);
  });

  test('is changed; an address that changes is unverified', async () => {
    const { id } = await place.json(['user', 'create', '--login', 'ann', '--email', 'ann@example.com']);
    await db.updateTable('users').set({ email_verified: 1 }).where('id', '=', id).execute();
    const update = ['user', 'update', 'ann'];
    const same = await place.json([...update, '--name', 'Ann', '--email', 'ann@example.com']);
    expect(same).toMatchObject({ id, name: 'Ann', email: 'ann@example.com', email_verified: true });
    const changed = await place.json([...update, '--login', 'Ann@Example.org', '--email', 'ann@example.org']);
    expect(changed).toMatchObject({ id, login: 'ann@example.org', name: 'Ann', email_verified: false });
    const { stdout } = await place.run(['user', 'update', id, '--name', '', '--email', '', '--login', 'ann']);
    expect(stdout).toMatch(/^login: +ann\nemail_verified: +false$/m);
  });

  test.each<[options: string[], what: RegExp]>([
    [['--login', 'taken'], /--login: user taken: there is one of that login already/],
    [['--login', 'two words'], /--login: got "two words"/],
    [['--email', 'nonsense'], /--email: got "nonsense", expected an address/],
  ])('%j is refused', async (options, what) => {
    expectMistake(await place.run(['user', 'update', 'vera', '--name', 'x', ...options]), what);
    const shown = await place.json(['user', 'show', 'vera']);
    expect(shown).toMatchObject({ login: 'vera' });
    expect(shown).not.toHaveProperty('name');
  });
});

describe('grants and sessions', () => {
  test('grants are listed by user, client and issuer, shown and revoked', async () => {
    const list = (...options: string[]) => place.json(['grant', 'list', ...options]);
    const ids = (grants: { id: string }[]) => grants.map(({ id }) => id);
    expect(ids(await list())).toEqual(['grant-a', 'grant-b', 'grant-c']);
    expect(ids(await list('--user', 'gina', '--client', 'app', '--issuer', 'main'))).toEqual([
      'grant-a',
      'grant-b',
    ]);
    expect(ids(await list('--client', 'other'))).toEqual(['grant-c']);
    const shown = await place.json(['grant', 'show', 'grant-a']);
    expect(shown).toMatchObject({ client_id: 'app', scope: 'read offline_access', state: 'active' });
    expect(JSON.stringify(shown)).not.toMatch(/challenge|nonce/);
    expect((await place.run(['grant', 'revoke', 'grant-a'])).stdout).toBe('revoked grant-a\n');
    expect(await place.json(['grant', 'show', 'grant-a'])).toMatchObject({ state: 'revoked' });
    expect((await place.run(['grant', 'revoke', 'grant-a'])).code).toBe(0);
    expectMistake(await place.run(['grant', 'show', 'nobody']), /grant nobody: there is no such grant/);
    expectMistake(await place.run(['grant', 'list', '--user', 'nobody']), /--user: user nobody: there is no/);
    const listed = await db.selectFrom('revoked_tokens').select('jti').where('jti', '=', 'grant-a').execute();
    expect(listed).toHaveLength(1);
  });

  test('sessions are listed, the newest first, and ended one by one', async () => {
    const list = ['session', 'list', '--user', 'gina'];
    const sessions = await place.json(list);
    expect(sessions.map(({ id }: { id: string }) => id)).toEqual(['sid-hash-b', 'sid-hash-a']);
    expect(await place.json(['session', 'list'])).toEqual(sessions);
    expect(sessions[0]).toMatchObject({ amr: ['pwd'], identity_provider: 'local' });
    expect(sessions[0]).not.toHaveProperty('hash');
    expect((await place.run(['session', 'end', 'sid-hash-b'])).stdout).toBe('ended sid-hash-b\n');
    expect(await place.json(list)).toHaveLength(1);
    expect((await place.run(['session', 'end', 'sid-hash-b'])).stdout).toBe('already ended sid-hash-b\n');
    expectMistake(await place.run(['session', 'end', 'nobody']), /there is no such session/);
    expectMistake(await place.run(['session', 'list', '--user', 'nobody']), /--user: user nobody/);
  });
});

test('usage is shown by client and day, of hours and of days', async () => {
  const show = ['usage', 'show', '--client', 'app'];
  const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const ofToday = { day: dateOf(today), issuer: 'main', client_id: 'app', tokens: 5 };
  const before = { day: dateOf(today - 40 * day), issuer: 'main', client_id: 'app', tokens: 11 };
  expect(await place.json(show)).toEqual([ofToday, before]);
  expect(await place.json([...show, '--since', '30d'])).toEqual([ofToday]);
  expect((await place.run(['usage', 'show', '-i', 'main'])).stdout).toMatch(
    /^DAY +ISSUER +CLIENT_ID +TOKENS\n/,
  );
  expectMistake(await place.run([...show, '--since', 'soon']), /--since.*soon.*30d/);
});

describe('a list', () => {
  test('in pages is what it is whole, as JSON and as text', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await place.json(['scope', 'create', `page.${name}`]);
    const whole = await place.json(['scope', 'list']);
    const seen: unknown[] = [];
    let after: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page = await place.json(['scope', 'list', '--limit', '2', ...after]);
      seen.push(...page.items);
      next = page.next;
      after = ['--after', next ?? ''];
    }
    expect(seen).toEqual(whole);
    const { stdout } = await place.run(['scope', 'list', '--limit', '1']);
    const [, cursor = ''] = /\n\nnext: --after (\S+)\n$/.exec(stdout) ?? [];
    expect(await place.json(['scope', 'list', '--after', cursor])).toEqual(whole.slice(1));
  });

  test('of clients by owner, of users by how the login begins', async () => {
    expect(await place.json(['client', 'list', '--owner', 'Acme'])).toMatchObject([{ client_id: 'app' }]);
    expect(await place.json(['user', 'list', '--login', 'GI'])).toMatchObject([{ login: 'gina' }]);
  });

  const lists = [
    'issuer list',
    'scope list',
    'client list',
    'user list',
    'key list',
    'grant list',
    'token list',
    'audit list',
    'usage show',
  ];
  test.each(lists)('%s takes --limit and --after, and no other cursor than its own', async (list) => {
    const page = await place.json([...list.split(' '), '--limit', '1']);
    expect(Object.keys(page)[0]).toBe('items');
    expect(page.items).toHaveLength(1);
    expectMistake(await place.run([...list.split(' '), '--after', 'x']), /--after: got "x", expected what/);
    expectMistake(await place.run([...list.split(' '), '--limit', '0']), /--limit: got 0, expected/);
  });
});

test('audit list tells who did what to what, and never a secret', async () => {
  const made = await place.json(['client', 'create', '--id', 'recorded', '--name', 'Before']);
  await place.json(['client', 'update', 'recorded', '--name', 'After']);
  const added = await place.json(['client', 'secret', 'add', 'recorded']);
  const { password } = await place.json(['user', 'create', '--login', 'recorded']);
  const list = ['audit', 'list', '--target', 'recorded'];
  const events: { verb: string; actor: { kind: string; name: string } }[] = await place.json(list);
  expect(events.map(({ verb }) => verb).toSorted()).toEqual([
    'client.create',
    'client.update',
    'client_secret.add',
  ]);
  expect(events.find(({ verb }) => verb === 'client.update')).toMatchObject({
    issuer: 'main',
    before: { client_name: 'Before' },
    after: { client_name: 'After' },
    actor: { kind: 'cli', name: expect.any(String) },
  });
  const actor = `cli:${events[0]?.actor.name}`;
  const mine = await place.json(['audit', 'list', '--actor', actor]);
  expect(mine.length).toBeGreaterThan(3);
  const everything = await place.json(['audit', 'list']);
  expect(everything.at(-1)).toMatchObject({
    verb: 'issuer.create',
    target: 'main',
    actor: { kind: 'config' },
  });
  const { stdout } = await place.run(list);
  expect(stdout).toMatch(/^AT +ACTOR +VERB +ISSUER +TARGET +CHANGE\n/);
  expect(stdout).toMatch(/ client\.update +main +recorded +client_name: "Before" → "After"$/m);
  const said = JSON.stringify(everything) + stdout;
  for (const secret of [made.client_secret, added.client_secret, password])
    expect(said).not.toContain(secret);
});

describe('a deletion at a terminal', () => {
  /** `script` gives the command a terminal, and types `answer`. */
  const atTerminal = (answer: string, ...args: string[]) => {
    const command = [process.execPath, program, ...args, '--config', place.file].join(' ');
    return spawnSync('script', ['-qec', command, '/dev/null'], { input: answer, encoding: 'utf8' });
  };
  const there = async () => names(await place.json(['scope', 'list'])).includes('doomed');

  test('asks, and does what is answered; --yes is not asked', async () => {
    await place.json(['scope', 'create', 'doomed']);
    const no = atTerminal('n\n', 'scope', 'delete', 'doomed');
    expect(no.stdout).toMatch(/Delete the scope doomed of main\? .*\[y\/N\]/);
    expect(no.status).toBe(1);
    expect(await there()).toBe(true);
    expect(atTerminal('y\n', 'scope', 'delete', 'doomed').status).toBe(0);
    expect(await there()).toBe(false);
    await place.json(['scope', 'create', 'doomed']);
    const yes = atTerminal('', 'scope', 'delete', 'doomed', '--yes');
    expect(yes.stdout).not.toContain('[y/N]');
    expect(await there()).toBe(false);
  });
});

test.each([
  [
    ['client', 'create', '--name', ' ', '--logo', 'x', '--redirect-uri', 'y', '--id', 'a b'],
    ['--id', '--redirect-uri', '--logo', '--name'],
  ],
  [
    ['issuer', 'create', 'X', '--location', 'x', '--dialect', 'y', '--lifetime', '1', '--theme-color', 'red'],
    ['name', '--location', '--dialect', '--lifetime', '--theme-color'],
  ],
  [
    ['issuer', 'create', 'x', '--location', '/x', '--theme-logo', 'a', '--theme-terms', 'b'],
    ['--theme-logo', '--theme-terms'],
  ],
  [
    ['user', 'create', '--login', 'a b', '--email', 'c', '--claim', 'birthdate=d'],
    ['--login', '--email', '--claim'],
  ],
  [
    ['scope', 'create', 'a b', '-d', '\u0007'],
    ['scope', '--description'],
  ],
])('%j: what is wrong with each is told at once', async (args, names) => {
  const { code, stdout, stderr } = await place.run(args);
  expect(
    stderr
      .trimEnd()
      .split('\n')
      .map((line) => /^tessera: ([\w-]+): (birthdate: )?got /.exec(line)?.[1]),
  ).toEqual(names);
  expect([code, stdout]).toEqual([2, '']);
});
