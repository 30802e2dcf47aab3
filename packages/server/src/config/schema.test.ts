import { describe, expect, test } from 'vitest';
import { configSchema, duration, issuerLocation, issuerName, resource } from './schema.ts';

const fits = (schema: typeof issuerName, text: string) => schema.safeParse(text).success;

test('an empty document is the defaults', () => {
  expect(configSchema.parse({})).toEqual({
    listen: { host: '127.0.0.1', port: 8080 },
    data: './tessera-data',
    trust_proxy: false,
    dialects: [],
    issuers: [],
    login: { local: true, upstreams: [], loopback_origins: [] },
    outage_tolerance: 600_000,
    workers: 1,
    key_rotation: 90 * 24 * 3_600_000,
    request_timeout: 10_000,
    log_level: 'info',
  });
});

describe('a duration', () => {
  test.each([
    ['5s', 5000],
    ['10m', 600_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
    ['0s', 0],
    ['007s', 7000],
    ['999999d', 86_399_913_600_000],
  ])('%s', (text, ms) => expect(duration.parse(text)).toBe(ms));

  test.each(['', '5', 's', '5 s', ' 5s', '5s\n', '-5s', '1.5h', '1h30m', '5S', '5w', '1234567s', '٥s', 5000])(
    'not %j',
    (text) => expect(duration.safeParse(text).success).toBe(false),
  );

  test.each<[key: 'key_rotation' | 'request_timeout', fitting: string[], others: string[]]>([
    ['key_rotation', ['1h', '60m', '365d', '9999d'], ['59m', '3599s', '0d', '10000d']],
    ['request_timeout', ['1s', '300s', '5m'], ['0s', '301s', '6m']],
  ])('%s has limits', (key, fitting, others) => {
    for (const text of fitting) expect(configSchema.safeParse({ [key]: text }).success, text).toBe(true);
    for (const text of others) expect(configSchema.safeParse({ [key]: text }).success, text).toBe(false);
  });
});

describe('the location of an issuer', () => {
  test.each(['/', '/partners', '/a/b', '/a.b_c~d-e', 'https://auth.example.eu', 'http://localhost:8080/a/b'])(
    '%s',
    (text) => expect(fits(issuerLocation, text)).toBe(true),
  );

  // RFC 8414 §2: an issuer has no query and no fragment. A trailing slash would make two spellings of one.
  test.each([
    ...['', 'partners', '//', '/a/', '/a//b', '/a b', '/a?b', '/a#b', '/ä'],
    ...['https://auth.example.eu/', 'https://a.example/b/', 'ftp://a.example', 'https://', 'https:/a'],
    ...['https://a.example?b', 'https://a.example/#b', 'https://me:secret@a.example', 'HTTPS://a.example /'],
  ])('not %j', (text) => expect(fits(issuerLocation, text)).toBe(false));

  // What clients send is normal (RFC 3986 §6.2.2): without dot segments, capitals in the host, or the port that goes
  // without saying. An issuer spelled otherwise could not be reached, or would be another’s twin.
  test.each([
    ...['/..', '/.', '/a/../b', 'https://a.example/../b'],
    ...['https://A.example', 'https://a.example:443', 'http://a.example:80/b'],
  ])('not %j, which is not in its normal form', (text) => expect(fits(issuerLocation, text)).toBe(false));
});

test.each([
  ['standard', true],
  ['eu-1', true],
  ['a', true],
  ['', false],
  ['1a', false],
  ['-a', false],
  ['EU', false],
  ['a b', false],
  ['a\n', false],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
])('the name %j of an issuer: %s', (text, good) => expect(fits(issuerName, text)).toBe(good));

test.each([
  ['https://api.example.com', true],
  ['https://api.example.com/a?b', true],
  ['urn:example:files', true],
  ['', false],
  ['/relative', false],
  ['https://api.example.com/#fragment', false],
])('the resource %j: %s', (text, good) => expect(fits(resource, text)).toBe(good));
