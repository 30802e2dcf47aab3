import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finishConfig, loadConfig } from './load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const issuer = (more: object = {}) => ({ name: 'a', location: '/', ...more });
const issuers = (...all: unknown[]) => ({ issuers: all });

// Each mistake: the key, the value that was got, and what was expected in its stead.
describe('a mistake is explained in one line', () => {
  test.each<[document: unknown, line: string | RegExp]>([
    [
      { listen: { port: '80' } },
      'listen.port: got "80", expected a whole number from 0 to 65535, such as 8080',
    ],
    [
      { listen: { port: 1.5 } },
      'listen.port: got 1.5, expected a whole number from 0 to 65535, such as 8080',
    ],
    [
      { listen: { port: 65_536 } },
      'listen.port: got 65536, expected a whole number from 0 to 65535, such as 8080',
    ],
    [{ listen: { port: -1 } }, 'listen.port: got -1, expected a whole number from 0 to 65535, such as 8080'],
    [
      { listen: { port: null } },
      'listen.port: got null, expected a whole number from 0 to 65535, such as 8080',
    ],
    [{ listen: { host: 5 } }, /^listen\.host: got 5, expected a host name or an IP address/],
    [{ listen: { host: '' } }, /^listen\.host: got "", expected a host name or an IP address/],
    [{ listen: 8080 }, 'listen: got 8080, expected keys and values such as {host: 127.0.0.1, port: 8080}'],
    [{ listen: { prot: 80 } }, 'listen.prot: unknown key, did you mean port?'],
    [{ lisen: {} }, 'lisen: unknown key, did you mean listen?'],
    [
      { data: 5 },
      'data: got 5, expected a path such as /var/lib/tessera, without quotes, blanks or line breaks around it',
    ],
    [{ data: '' }, /^data: got "", expected a path such as \/var\/lib\/tessera, without/],
    // What might hold a password is not repeated.
    ...(
      [
        ['db.example.com/tessera', 'a URL such as postgres://tessera@db.example.com/tessera, without quotes'],
        ['mysql://tessera:pw@db/tessera', 'a URL such as postgres://'],
        ['"postgres://tessera:pw@db/tessera"', 'a URL such as postgres://'],
        ['postgres://u:pw@db/tes sera', 'a URL such as postgres://'],
        [
          'postgres://u:p@ss#w@host/db',
          'what is special in user name and password percent-encoded: @ is %40, # is',
        ],
        ['postgres://u:pw#w@host/db', 'what is special in user name'],
        ['postgres://u:p/w@host/db', 'what is special in user name'],
        ['postgres://u:12/w@host/db', 'what is special in user name'],
        ['postgres://u:p?w@host/db', 'what is special in user name'],
        ['postgres://u:p@ss?w@host/db', 'what is special in user name'],
        ['postgres://u:p%w@host/db', 'what is special in user name'],
        [
          'postgres://u:pw@/db?host=/socket',
          'a host before the path; for a socket postgres://tessera@localhost/',
        ],
        ['postgres:///db', 'a host before the path'],
        ['postgres://u:pw@a:5432,b:5432/db', 'one host: several are not supported'],
        ['postgres://u:pw@a,b/db', 'one host'],
        ['postgres://tessera:pw@db', 'the name of a database behind the host'],
        ['postgres://tessera:pw@db/?sslmode=disable', 'the name of a database'],
        ['postgres://tessera:pw@db/tessera?pool_size=0', 'pool_size to be a number from 1 to 9999'],
        ['postgres://tessera:pw@db/tessera?sslmode=verify_full', 'sslmode to be disable, verify-full or'],
        ['postgres://tessera:pw@db/tessera?ssl_mode=verify-full', 'known parameters: ssl_mode is none'],
        ['postgres://tessera:pw@db:notaport/tessera', 'a host, and no port or one from 1 to 65535'],
      ] as const
    ).map(([database, expected]): [object, RegExp] => [
      { database },
      new RegExp(`^database: got a text that is not shown here, expected ${RegExp.escape(expected)}`),
    ]),
    [{ database: 5 }, /^database: got a number that is not shown here, expected a URL such as postgres:/],
    [{ master_key_file: 5 }, /^master_key_file: got 5, expected a path such as/],
    [{ public_url: 'auth.example.com' }, /^public_url: got "auth\.example\.com", expected an origin such as/],
    [
      { public_url: 'http://a.example/b' },
      /^public_url: got "http:\/\/a\.example\/b", expected an origin .*path$/,
    ],
    [{ public_url: 'http://a.example/' }, /^public_url: got "http:\/\/a\.example\/", expected an origin/],
    [{ public_url: 'https://a.example' }, /^public_url: got an https URL, expected tls .* or trust_proxy/],
    [
      { tls: { cert_file: 'c' } },
      'tls.key_file: got nothing, expected a path such as /etc/tessera/tls/privkey.pem, without quotes, blanks or line breaks around it',
    ],
    [
      { public_url: 'http://a.example', tls: { cert_file: 'c', key_file: 'k' } },
      'public_url: got "http://a.example", expected an https URL, since tls is set',
    ],
    [
      { dialects: 'a.yaml' },
      'dialects: got "a.yaml", expected a list of files, such as [dialects/acme.yaml]',
    ],
    [{ dialects: [5] }, /^dialects\[0\]: got 5, expected a path such as dialects/],
    [
      { key_rotation: '3 months' },
      'key_rotation: got "3 months", expected a duration from 1h to 9999d, such as 90d',
    ],
    [{ key_rotation: 90 }, 'key_rotation: got 90, expected a duration from 1h to 9999d, such as 90d'],
    [{ request_timeout: '' }, /^request_timeout: got "", expected a duration/],
    [{ log_level: 'loud' }, 'log_level: got "loud", expected one of fatal, error, warn, info, debug'],
    [
      { management: {} },
      'management.port: got nothing, expected a whole number from 0 to 65535, such as 9090',
    ],
    [{ management: { port: 8080 } }, 'management.port: got 8080 on 127.0.0.1, which is where listen is'],
    [
      { listen: { host: '0.0.0.0' }, management: { port: 8080 } },
      'management.port: got 8080 on 127.0.0.1, which is where listen is',
    ],
    [{ issuers: {} }, 'issuers: got {}, expected a list of issuers, such as [{name: main, location: /}]'],
    [issuers('a'), 'issuers[0]: got "a", expected keys and values such as {name: main, location: /}'],
    [
      issuers({ location: '/' }),
      'issuers[0].name: got nothing, expected a name of lower-case letters, digits and hyphens, such as main',
    ],
    [
      issuers({ name: 'a' }),
      /^issuers\[0\]\.location: got nothing, expected a path such as \/partners, or a URL/,
    ],
    [
      issuers(issuer({ name: 'A' })),
      'issuers[0].name: got "A", expected a name of lower-case letters, digits and hyphens, such as main',
    ],
    [
      issuers(issuer({ location: 'a' })),
      /^issuers\[0\]\.location: got "a", expected a path such as \/partners/,
    ],
    [
      issuers(issuer({ resources: ['x'] })),
      /^issuers\[0\]\.resources\[0\]: got "x", expected an absolute URI/,
    ],
    [
      issuers(issuer({ access_token_lifetime: 29 })),
      'issuers[0].access_token_lifetime: got 29, expected a whole number of seconds from 30 to 86400, such as 3600',
    ],
    [
      issuers(issuer({ token_reuse: 30 })),
      'issuers[0].token_reuse: got 30, expected off, or a duration from 0s to 1h, such as 30s',
    ],
    [
      issuers(issuer({ clients: [{ client_id: 'a', token_reuse: '2h' }] })),
      'issuers[0].clients[0].token_reuse: got "2h", expected off, or a duration from 0s to 1h, such as 30s',
    ],
    [issuers(issuer({ lifetime: 60 })), 'issuers[0].lifetime: unknown key'],
    [
      issuers(issuer({ signing_alg: 'HS256' })),
      /^issuers\[0\]\.signing_alg: got "HS256", expected one of ES256, /,
    ],
    [
      issuers(issuer({ signing_alg: 'RS512' })),
      'issuers[0].signing_alg: got "RS512", expected one of ES256, RS256, PS256, EdDSA',
    ],
    [
      issuers(issuer({ dialect: 'klingon' })),
      'issuers[0].dialect: got "klingon", expected one of standard, trelica, tilia, or of the gallery (tessera dialect list)',
    ],
    [issuers(issuer(), issuer({ location: '/b' })), 'issuers[1].name: got "a", which issuers[0] has'],
    [issuers(issuer(), issuer({ name: 'b' })), 'issuers[1].location: got "/", which issuers[0] has'],
    // What a declaration expects, in words that a value of another kind gets too.
    ...(
      [
        [
          { scopes: ['read'] },
          'scopes[0]: got "read", expected keys and values such as {name: invoices.read',
        ],
        [{ scopes: [{ name: 5 }] }, 'scopes[0].name: got 5, expected a text, in quotes'],
        [
          { scopes: [{ name: 'a', sensitive: 'yes' }] },
          'scopes[0].sensitive: got "yes", expected true or false',
        ],
        [{ clients: ['a'] }, 'clients[0]: got "a", expected keys and values such as {client_id: acme-app'],
        [
          { clients: [{ client_id: 'a', scope: ['b'] }] },
          'clients[0].scope: got ["b"], expected a text with blanks',
        ],
        [
          { clients: [{ client_id: 'a', redirect_uris: 'x' }] },
          'clients[0].redirect_uris: got "x", expected a list such as [https://app.example.com/callback]',
        ],
        [
          { clients: [{ client_id: 'a', client_secret_variable: 'TESSERA_X' }] },
          'clients[0].client_secret_variable: got "TESSERA_X", expected the name of an environment variable, such as ACME_SECRET, but not TESSERA_',
        ],
        [
          { resources: 'https://api.example' },
          'resources: got "https://api.example", expected a list such as [',
        ],
      ] as const
    ).map(([more, line]): [unknown, RegExp] => [
      issuers(issuer(more)),
      new RegExp(`^issuers\\[0\\]\\.${RegExp.escape(line)}`),
    ]),
    [
      issuers(issuer({ theme: { colour: '#fff' } })),
      'issuers[0].theme.colour: unknown key, did you mean color?',
    ],
    [
      issuers(issuer({ theme: { color: 'blue' } })),
      'issuers[0].theme.color: got "blue", expected a colour such as "#0a5fd4", in quotes',
    ],
    [
      issuers(issuer({ theme: { logo_uri: 'http://a.example/l.png' } })),
      'issuers[0].theme.logo_uri: got "http://a.example/l.png", expected an https URL such as https://www.example.com/logo.svg',
    ],
    // Values in the words of the file, not of the program.
    [{ key_rotation: '5m' }, 'key_rotation: got "5m", expected a duration from 1h to 9999d, such as 90d'],
    [
      { request_timeout: '10m' },
      'request_timeout: got "10m", expected a duration from 1s to 300s, such as 10s',
    ],
    [{ workers: 0 }, 'workers: got 0, expected a number from 1 to 256, or auto'],
    [{ trust_proxy: 'nonsense' }, /^trust_proxy: got "nonsense", expected false, or a list/],
    [{ trust_proxy: ['nonsense'] }, /^trust_proxy(\[0\])?: got \[?"nonsense"\]?, expected /],
    [{ trust_proxy: ['10.0.0.0/99'] }, /^trust_proxy(\[0\])?: got \[?"10\.0\.0\.0\/99"\]?, expected /],
    [
      { trust_proxy: [5] },
      /^trust_proxy\[0\]: got 5, expected |^trust_proxy: got \[5\], expected .*(array|list)/,
    ],
  ])('%j', async (document, line) => {
    const error = await finishConfig(document, 'a.yaml', folder).then(
      () => 'accepted',
      (thrown: Error) => `${thrown.name}: ${thrown.message}`,
    );
    expect(error).toMatch(/^UsageError: a\.yaml: [^\n]+$/);
    const explained = error.slice('UsageError: a.yaml: '.length);
    if (typeof line === 'string') expect(explained).toBe(line);
    else expect(explained).toMatch(line);
  });

  test('several, each in a line of its own', async () => {
    const document = { log_level: 'loud', dta: 'x', ...issuers(issuer({ name: 5 }), { name: 'b' }) };
    await expect(finishConfig(document, 'a.yaml', folder)).rejects.toThrow(
      [
        'a.yaml: issuers[0].name: got 5, expected a name of lower-case letters, digits and hyphens, such as main',
        'a.yaml: issuers[1].location: got nothing, expected a path such as /partners, or a URL such as https://auth.example.com/partners, without a trailing slash',
        'a.yaml: log_level: got "loud", expected one of fatal, error, warn, info, debug',
        'a.yaml: dta: unknown key',
      ].join('\n'),
    );
  });

  test('all that cannot stand together', async () => {
    const document = {
      ...{ public_url: 'https://a.example', listen: { port: 1 }, management: { port: 1 } },
      ...issuers(issuer(), issuer({ dialect: 'klingon' })),
    };
    await expect(finishConfig(document, 'a.yaml', folder)).rejects.toThrow(
      /^a\.yaml: public_url: .*\na\.yaml: management\.port: .*\na\.yaml: issuers\[1\]\.dialect: .*\na\.yaml: issuers\[1\]\.name: .*\na\.yaml: issuers\[1\]\.location: [^\n]*$/,
    );
  });

  test('a long value is cut', async () => {
    const finished = finishConfig({ log_level: 'x'.repeat(500) }, 'a.yaml', folder);
    await expect(finished).rejects.toThrow(/^a\.yaml: log_level: got "x{79}…, expected one of/);
  });
});

describe('the master key', () => {
  const file = () => join(folder, 'with-key.yaml');

  test('is refused in a file, and not repeated', async () => {
    await writeFile(file(), 'master_key: c2VjcmV0\n');
    const loaded = loadConfig(file(), {});
    await expect(loaded).rejects.toThrow('master_key: set TESSERA_MASTER_KEY or master_key_file instead');
    await expect(loaded).rejects.not.toThrow('c2VjcmV0');
  });

  test('comes from one place', async () => {
    await writeFile(file(), 'master_key_file: a.key\n');
    await expect(loadConfig(file(), { TESSERA_MASTER_KEY: 'c2VjcmV0' })).rejects.toThrow(
      'master_key_file: got a file beside TESSERA_MASTER_KEY, expected one of the two',
    );
  });

  test('is not repeated where it is no text', async () => {
    const finished = finishConfig({ master_key: ['c2VjcmV0'] }, 'a.yaml', folder);
    await expect(finished).rejects.toThrow(
      'a.yaml: master_key: got a list that is not shown here, expected 32 bytes in Base64',
    );
  });
});

test('paths are relative to the folder of the file', async () => {
  const file = join(folder, 'conf/tessera.yaml');
  await mkdir(join(folder, 'conf'));
  await writeFile(join(folder, 'acme.yaml'), 'name: acme\nextends: standard\n');
  await writeFile(
    file,
    'data: d\nmaster_key_file: ../m.key\ntls: {cert_file: c, key_file: /k}\ndialects: [../acme.yaml]\n',
  );
  const config = await loadConfig(file, {});
  expect(config).toMatchObject({
    source: file,
    data: join(folder, 'conf/d'),
    master_key_file: join(folder, 'm.key'),
    tls: { cert_file: join(folder, 'conf/c'), key_file: '/k' },
    dialects: [join(folder, 'acme.yaml')],
  });
  expect([...config.dialectsByName.keys()]).toEqual(['standard', 'trelica', 'tilia', 'acme']);
});

test('TESSERA_CONFIG names the file, --config wins over it', async () => {
  for (const name of ['one', 'two']) await writeFile(join(folder, `${name}.yaml`), `data: ${name}\n`);
  const env = { TESSERA_CONFIG: join(folder, 'one.yaml') };
  expect((await loadConfig(undefined, env)).data).toBe(join(folder, 'one'));
  expect((await loadConfig(join(folder, 'two.yaml'), env)).data).toBe(join(folder, 'two'));
});

test('a mistake is told with its line and column, and that of a variable by its name', async () => {
  const file = join(folder, 'placed.yaml');
  await writeFile(
    file,
    'listen:\n  port: 99999\nlogin: { local: yes }\nissuers:\n  - name: a\n    location: /\n    dialct: tilia\n',
  );
  const refusal = (env: Record<string, string>) =>
    loadConfig(file, env).then(
      () => 'accepted',
      (error: Error) => error.message.replaceAll(folder, '').split('\n'),
    );
  expect(await refusal({})).toEqual([
    '/placed.yaml:2:3: listen.port: got 99999, expected a whole number from 0 to 65535, such as 8080',
    '/placed.yaml:3:10: login.local: got "yes", expected true or false',
    '/placed.yaml:7:5: issuers[0].dialct: unknown key, did you mean dialect?',
  ]);
  expect(await refusal({ TESSERA_LISTEN_PORT: '0.5' })).toContain(
    'TESSERA_LISTEN_PORT: listen.port: got 0.5, expected a whole number from 0 to 65535, such as 8080',
  );
  await writeFile(file, 'issuers:\n  - { name: a, location: / }\n  - { name: b, location: /, dialect: x }\n');
  expect(await refusal({})).toEqual([
    '/placed.yaml:3:29: issuers[1].dialect: got "x", expected one of standard, trelica, tilia, or of the gallery (tessera dialect list)',
    '/placed.yaml:3:16: issuers[1].location: got "/", which issuers[0] has',
  ]);
});
