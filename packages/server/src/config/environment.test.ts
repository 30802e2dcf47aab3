import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseMasterKey } from '../keys/master-key.ts';
import { applyEnvironment, environmentVariables } from './environment.ts';
import { finishConfig, loadConfig } from './load.ts';

/** For every key: what its variable holds, and what it means. */
const samples: Record<string, [text: string, value: unknown]> = {
  public_url: ['https://auth.example.com', 'https://auth.example.com'],
  'listen.host': ['0.0.0.0', '0.0.0.0'],
  'listen.port': ['9000', 9000],
  'management.host': ['10.0.0.5', '10.0.0.5'],
  'management.port': ['9090', 9090],
  data: ['/var/lib/tessera', '/var/lib/tessera'],
  database: ['postgres://tessera@db/tessera', 'postgres://tessera@db/tessera'],
  master_key: ['c2VjcmV0', 'c2VjcmV0'],
  master_key_file: ['/run/master.key', '/run/master.key'],
  'tls.cert_file': ['/tls/cert.pem', '/tls/cert.pem'],
  'tls.key_file': ['/tls/key.pem', '/tls/key.pem'],
  trust_proxy: ['[10.0.0.0/8, 192.0.2.7]', ['10.0.0.0/8', '192.0.2.7']],
  dialects: ['[a.yaml, b.yaml]', ['a.yaml', 'b.yaml']],
  issuers: ['[{name: a, location: /}]', [{ name: 'a', location: '/' }]],
  'login.local': ['false', false],
  'login.upstreams': ['[]', []],
  'login.url': ['https://www.example.com/sign-in', 'https://www.example.com/sign-in'],
  'login.secret_file': ['/run/login', '/run/login'],
  'login.loopback_origins': ['[http://localhost:5173]', ['http://localhost:5173']],
  outage_tolerance: ['1h', '1h'],
  workers: ['auto', 'auto'],
  key_rotation: ['30d', '30d'],
  request_timeout: ['5s', '5s'],
  log_level: ['warn', 'warn'],
};

const at = (document: unknown, path: string): unknown =>
  path.split('.').reduce((value, key) => (value as Record<string, unknown>)?.[key], document);

test('every key has a variable, spelled as its path in capitals', () => {
  expect([...environmentVariables.keys()].sort()).toEqual(Object.keys(samples).sort());
  expect(environmentVariables.get('listen.port')).toBe('TESSERA_LISTEN_PORT');
  expect(environmentVariables.get('master_key_file')).toBe('TESSERA_MASTER_KEY_FILE');
  expect(new Set(environmentVariables.values()).size).toBe(environmentVariables.size);
});

test.each(Object.entries(samples))('%s is set by its variable alone', (path, [text, value]) => {
  const document = applyEnvironment({}, { [environmentVariables.get(path) ?? '']: text });
  expect(at(document, path)).toEqual(value);
});

test('all of them together make a configuration', async () => {
  const { master_key_file, dialects, ...rest } = samples;
  const env = Object.entries(rest).map(([path, [text]]) => [environmentVariables.get(path), text]);
  const config = await finishConfig(applyEnvironment({}, Object.fromEntries(env)), 'environment', '/');
  expect(config).toMatchObject({
    listen: { host: '0.0.0.0', port: 9000 },
    management: { host: '10.0.0.5', port: 9090 },
    tls: { cert_file: '/tls/cert.pem', key_file: '/tls/key.pem' },
    trust_proxy: ['10.0.0.0/8', '192.0.2.7'],
    issuers: [{ name: 'a', location: '/', dialect: 'standard' }],
    login: { local: false, upstreams: [], url: 'https://www.example.com/sign-in', secret_file: '/run/login' },
    log_level: 'warn',
  });
});

describe('over a file', () => {
  const document = { listen: { host: 'localhost', port: 1 }, dialects: ['a.yaml'], log_level: 'info' };

  test('it wins, key by key; the rest stays, and the document itself too', () => {
    const env = { TESSERA_LISTEN_PORT: '2', TESSERA_DIALECTS: '[]' };
    expect(applyEnvironment(document, env)).toEqual({
      listen: { host: 'localhost', port: 2 },
      dialects: [],
      log_level: 'info',
    });
    expect(document.listen.port).toBe(1);
  });

  test('an empty variable is none, and others are nobody’s business', () => {
    const env = { TESSERA_LISTEN_PORT: '', TESSERA_CONFIG: 'a.yaml', PATH: '/bin', TESSERACT: '4' };
    expect(applyEnvironment(document, env)).toEqual(document);
  });
});

test.each([
  ['TESSERA_TRUST_PROXY', 'true', 'trust_proxy', true],
  ['TESSERA_TRUST_PROXY', 'false', 'trust_proxy', false],
  ['TESSERA_DATA', '2024', 'data', '2024'],
  ['TESSERA_DATA', 'true', 'data', 'true'],
  ['TESSERA_DIALECTS', '\n- a.yaml\n- b.yaml\n', 'dialects', ['a.yaml', 'b.yaml']],
  ['TESSERA_ISSUERS', '[{"name":"a","location":"/"}]', 'issuers', [{ name: 'a', location: '/' }]],
])('%s=%j is read as what the key holds', (name, text, path, value) => {
  expect(at(applyEnvironment({}, { [name]: text }), path)).toEqual(value);
});

test('links of Kubernetes to any Service whose name begins with tessera are nobody’s configuration', async () => {
  const services = ['', '_POSTGRESQL', '_MANAGEMENT', '_LISTEN', '_DATABASE_0', '_API_V2'];
  const env = Object.fromEntries(
    services.flatMap((name) => [
      [`TESSERA${name}_SERVICE_HOST`, '10.96.0.7'],
      [`TESSERA${name}_SERVICE_PORT`, '9090'],
      [`TESSERA${name}_SERVICE_PORT_HTTP_METRICS`, '9090'],
      [`TESSERA${name}_PORT`, 'tcp://10.96.0.7:9090'],
      ...['TCP', 'UDP', 'SCTP'].flatMap((protocol) => [
        [`TESSERA${name}_PORT_9090_${protocol}`, `${protocol.toLowerCase()}://10.96.0.7:9090`],
        [`TESSERA${name}_PORT_9090_${protocol}_PROTO`, protocol.toLowerCase()],
        [`TESSERA${name}_PORT_9090_${protocol}_PORT`, '9090'],
        [`TESSERA${name}_PORT_9090_${protocol}_ADDR`, '10.96.0.7'],
      ]),
    ]),
  );
  expect(applyEnvironment({}, env)).toEqual({});
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-empty-'));
  const before = process.cwd();
  process.chdir(folder.path);
  await expect(loadConfig(undefined, env).finally(() => process.chdir(before))).rejects.toThrow(
    'no deployment in',
  );
  // What is set on purpose stands, and what is misspelt is told.
  expect(applyEnvironment({}, { ...env, TESSERA_LISTEN_PORT: '9000' })).toEqual({ listen: { port: 9000 } });
  for (const name of ['TESSERA_LISEN_PORT', 'TESSERA_SERVICE_HOSTS', 'TESSERA_PORT_HTTP_TCP'])
    expect(() => applyEnvironment({}, { ...env, [name]: '9000' })).toThrow(`${name}: unknown variable`);
});

describe('what an env file leaves around a path or a host is refused, with the name of the variable', () => {
  const upstream = { name: 'a', label: 'A', issuer: 'https://id.example', client_id: 'x' };
  const yaml = (value: unknown) => JSON.stringify(value);
  test.each<[name: string, value: (text: string) => string, good: string]>([
    ['TESSERA_DATA', String, '/var/lib/tessera'],
    ['TESSERA_MASTER_KEY_FILE', String, '/run/key'],
    ['TESSERA_TLS_CERT_FILE', String, '/tls/cert.pem'],
    ['TESSERA_TLS_KEY_FILE', String, '/tls/key.pem'],
    ['TESSERA_LOGIN_SECRET_FILE', String, '/run/login'],
    ['TESSERA_LISTEN_HOST', String, '127.0.0.1'],
    ['TESSERA_MANAGEMENT_HOST', String, 'localhost'],
    ['TESSERA_PUBLIC_URL', String, 'https://auth.example.com'],
    ['TESSERA_LOGIN_URL', String, 'https://www.example.com/sign-in'],
    ['TESSERA_CONFIG', String, '/etc/tessera.yaml'],
    ['TESSERA_DIALECTS', (text) => yaml([text]), '/etc/acme.yaml'],
    ['TESSERA_ISSUERS', (text) => yaml([{ name: 'a', location: text }]), 'https://auth.example.com'],
    [
      'TESSERA_ISSUERS',
      (text) => yaml([{ name: 'a', location: '/', resources: [text] }]),
      'https://a.example',
    ],
    ['TESSERA_LOGIN_UPSTREAMS', (text) => yaml([{ ...upstream, issuer: text }]), 'https://id.example'],
    ['TESSERA_LOGIN_UPSTREAMS', (text) => yaml([{ ...upstream, client_secret_file: text }]), '/run/secret'],
  ])('%s %#', async (name, value, good) => {
    for (const text of [`"${good}"`, `'${good}'`, `${good}\n`, ` ${good}`, `${good}\u0000`, `"${good}`]) {
      const message = await loadConfig(undefined, { [name]: value(text) }).then(
        () => 'accepted',
        (error: Error) => `${error.name}: ${error.message}`,
      );
      expect(message, text).toMatch(new RegExp(`^(UsageError: )?${name}: .*got .*${good}`, 'm'));
    }
  });
});

test('a secret ends before the line break, wherever it comes from', async () => {
  const url = 'postgres://tessera:pw@db/tessera';
  const config = await finishConfig(
    applyEnvironment({}, { TESSERA_DATABASE: `${url}\n` }),
    'environment',
    '/',
  );
  expect(config.database).toBe(url);
  const key = Buffer.alloc(32, 7).toString('base64');
  expect(parseMasterKey(`${key}\r\n`, 'TESSERA_MASTER_KEY').checkValue).toBe(
    parseMasterKey(key, '').checkValue,
  );
});

test.each([
  [{ TESSERA_LISTEN_PROT: '1' }, 'TESSERA_LISTEN_PROT: unknown variable'],
  [{ TESSERA_LISTEN: '{}' }, 'TESSERA_LISTEN: unknown variable'],
  [{ TESSERA_: '1' }, 'TESSERA_: unknown variable'],
  [{ TESSERA_ISSUERS: '[{name: a' }, 'TESSERA_ISSUERS: Flow map'],
])('%j is refused', (env, what) => {
  expect(() => applyEnvironment({}, env)).toThrow(what);
});

test.each([
  [{ TESSERA_LISTEN_PORT: 'http' }, 'listen.port: got "http", expected a whole number'],
  [
    { TESSERA_LISTEN_PORT: '70000' },
    'listen.port: got 70000, expected a whole number from 0 to 65535, such as 8080',
  ],
  [{ TESSERA_LOG_LEVEL: 'loud' }, 'log_level: got "loud", expected one of'],
  [{ TESSERA_KEY_ROTATION: '90' }, /key_rotation: got "?90"?, expected a duration/],
  [
    { TESSERA_TLS_CERT_FILE: 'c' },
    'tls.key_file: got nothing, expected a path such as /etc/tessera/tls/privkey.pem',
  ],
])('%j is explained as a mistake in a file would be', async (env, what) => {
  const finished = finishConfig(applyEnvironment({}, env), 'environment', '/');
  await expect(finished).rejects.toThrow(what);
});
