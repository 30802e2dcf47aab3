import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finishConfig } from './load.ts';
import { readLoginSecrets } from './login.ts';

const upstream = { name: 'a', label: 'A', issuer: 'https://id.example', client_id: 'x' };
const url = 'https://www.example.com/sign-in';

describe('a mistake is explained in one line', () => {
  test.each<[login: unknown, line: string | RegExp]>([
    [{ locale: true }, 'login.locale: unknown key, did you mean local?'],
    ...[
      'http://localhost:x',
      'https://localhost:1',
      'http://evil.example:*',
      'http://localhost:1/',
      'http://localhost.evil.example',
    ].map((origin): [object, string] => [
      { loopback_origins: [origin] },
      `login.loopback_origins[0]: got "${origin}", expected a loopback origin such as http://localhost:5173, or http://localhost:* for every port`,
    ]),
    [{ local: 'yes' }, 'login.local: got "yes", expected true or false'],
    [
      { local: false },
      /^login\.local: got false, and nobody could sign in: expected login\.url or login\.upstreams/,
    ],
    [{ url: 'https://a.example' }, /^login\.secret_file: got nothing beside login\.url, expected a file/],
    [{ secret_file: 's' }, /^login\.url: got nothing beside login\.secret_file, expected the URL/],
    [
      { url: 'http://a.example', secret_file: 's' },
      /^login\.url: got "http:.*expected an https URL such as https:\/\/www\.example\.com\/sign-in, or http on/,
    ],
    [{ url: 'https://a.example#b', secret_file: 's' }, /^login\.url: got .*expected an https URL/],
    [{ url: 'javascript:x', secret_file: 's' }, /^login\.url: got .*expected an https URL/],
    [
      { url: 'https://a.example', secret_file: 's', upstreams: [upstream] },
      /^login\.upstreams: got providers beside/,
    ],
    [
      { upstreams: [{ ...upstream, name: 'A' }] },
      /^login\.upstreams\[0\]\.name: got "A", expected a name of lower-case/,
    ],
    [{ upstreams: [{ ...upstream, issuer: 'http://id.example' }] }, /^login\.upstreams\[0\]\.issuer: got /],
    [
      { upstreams: [{ ...upstream, client_secret: 'x' }] },
      'login.upstreams[0].client_secret: unknown key, did you mean client_secret_file?',
    ],
    [
      { upstreams: [{ ...upstream, client_secret_file: 'f', client_secret_variable: 'V' }] },
      'login.upstreams[0]: got two secrets, expected client_secret_file or client_secret_variable',
    ],
    [{ upstreams: [upstream, upstream] }, 'login.upstreams[1].name: got "a", which upstreams[0] has'],
  ])('%j', async (login, line) => {
    const error = await finishConfig({ login }, 'a.yaml', '/').then(
      () => 'accepted',
      (thrown: Error) => `${thrown.name}: ${thrown.message}`,
    );
    expect(error).toMatch(/^UsageError: a\.yaml: [^\n]+$/);
    const explained = error.slice('UsageError: a.yaml: '.length);
    if (typeof line === 'string') expect(explained).toBe(line);
    else expect(explained).toMatch(line);
  });
});

describe('secrets are read', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-login-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const long = 'x'.repeat(32);
  const read = async (login: object, held = '', env: Record<string, string> = {}) => {
    await writeFile(join(folder, 'secret'), held);
    return readLoginSecrets(await finishConfig({ login }, 'a.yaml', folder), env);
  };

  test('from a file beside the configuration, without the line break at its end', async () => {
    const { external } = await read({ url, secret_file: 'secret' }, `${long}\n`);
    expect(external).toEqual({ url, secret: long });
    const { upstreams } = await read(
      { upstreams: [{ ...upstream, client_secret_file: 'secret' }] },
      'short\n',
    );
    expect(upstreams).toEqual([{ ...upstream, scope: 'openid profile email', client_secret: 'short' }]);
  });

  test('from a variable, or not at all for a public client', async () => {
    const named = { ...upstream, client_secret_variable: 'SECRET_OF_A' };
    const { upstreams } = await read({ upstreams: [named, { ...upstream, name: 'b' }] }, '', {
      SECRET_OF_A: 's\r\n',
    });
    expect(upstreams.map(({ client_secret }) => client_secret)).toEqual(['s', undefined]);
  });

  test('and a page of one’s own turns passwords off', async () => {
    expect((await read({})).local).toBe(true);
    expect((await read({ local: true, url, secret_file: 'secret' }, long)).local).toBe(false);
  });

  const ownPage = { url, secret_file: 'secret' };
  const provider = (more: object) => ({ upstreams: [{ ...upstream, ...more }] });
  test.each<[login: object, held: string, line: RegExp]>([
    [
      { url, secret_file: 'none' },
      long,
      /^a\.yaml: login\.secret_file: got ".*none", which cannot be read \(no such file or directory\)$/,
    ],
    [ownPage, '', /^a\.yaml: login\.secret_file: got ".*secret", which is empty$/],
    [ownPage, '\n', /^a\.yaml: login\.secret_file: got ".*secret", which is empty$/],
    [ownPage, 'y'.repeat(31), /^a\.yaml: login\.secret_file: .*expected 32 characters or more/],
    [ownPage, `y ${long}`, /^a\.yaml: login\.secret_file: .*has blanks/],
    [
      provider({ client_secret_file: 'none' }),
      '',
      /^a\.yaml: login\.upstreams\[0\]\.client_secret_file: got ".*none", /,
    ],
    [
      provider({ client_secret_file: 'secret' }),
      ' ',
      /^a\.yaml: login\.upstreams\[0\]\.client_secret_file: .*is empty$/,
    ],
    [
      provider({ client_secret_variable: 'SECRET_OF_A' }),
      '',
      /^a\.yaml: login\.upstreams\[0\]\.client_secret_variable: got "SECRET_OF_A", which is not set/,
    ],
  ])('and what is none is refused, and not repeated: %j, %j', async (login, held, line) => {
    const error = await read(login, held).then(
      () => new Error('accepted'),
      (thrown: Error) => thrown,
    );
    expect(error.name).toBe('UsageError');
    expect(error.message).toMatch(line);
    expect(error.message).not.toMatch(/yyy/);
  });
});
