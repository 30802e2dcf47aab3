// Requests that are wrong in some way: a grammar of what clients and browsers send, and mutations of it in its values,
// its parameters, its headers and its bytes.

import type { Random } from './random.ts';

/** An endpoint, and what is sent there. */
export interface Place {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** What each may be. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** In place of a form. */
  readonly bodies?: readonly string[];
}

/** What a server has given: values that are good somewhere. */
export interface Known {
  readonly places: readonly Place[];
  /** Pairs of id and secret. */
  readonly clients: readonly (readonly [string, string])[];
  readonly tokens: readonly string[];
  readonly cookies: readonly string[];
}

export interface Malformed {
  readonly bytes: Buffer;
  /** Whether it ends where it says, so that there is one answer, and another request may follow. */
  readonly whole: boolean;
  readonly method: string;
}

const oddities = [
  ...[
    '',
    ' ',
    '%',
    '%00',
    '%zz',
    '%C3%28',
    '%ED%A0%80',
    '%F0%9F%92%A9',
    '+',
    '\t',
    '=',
    '&',
    ';',
    ',',
    "'",
    '"',
  ],
  ...['null', 'undefined', 'true', '-1', '0', '9'.repeat(40), '1e309', 'NaN', '[]', '{}', '[object Object]'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '../../etc/passwd',
    '<script>',
    "' or 1=1 --",
  ],
  ...[
    'é',
    '\u{1f4a9}',
    '%EF%BF%BF',
    '%E2%80%AE',
    '%0d%0aSet-Cookie:%20a=b',
    'a'.repeat(300),
    '%41'.repeat(100),
  ],
  ...[
    'javascript:alert(1)',
    'http://',
    'https://[::1',
    '//evil.example',
    'urn:x',
    'https://a%00b/',
    'data:,',
  ],
];
const jwtHeads = [
  { alg: 'none' },
  { alg: 'HS256', typ: 'JWT' },
  { alg: 'ES256', kid: '../key' },
  { alg: 'ES256', jwk: {}, x5u: 'http://127.0.0.1/' },
  { alg: 1 },
  null,
  [],
  { alg: 'RS256', crit: ['x'], b64: false },
];
const methods = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'M-SEARCH'];
const types = [
  ...[
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    '',
    ';',
    'form',
    'a/b; c="',
    'é/é',
  ],
  'application/x-www-form-urlencoded; charset=utf-16',
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: they would end the line, or the request.
const controls = /[\0-\x08\x0a-\x1f\x7f]/g;

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');

/** A token of three parts, some of which are broken. */
function brokenToken(random: Random, known: Known): string {
  const [head = '', body = '', tail = ''] = random.pick(known.tokens).split('.');
  const times = { exp: random.pick([-1, 0, 9e15, 'soon', null]), iat: random.pick([{}, '', 9e99]) };
  return [
    random.pick([head, base64url(random.pick(jwtHeads)), '', 'e30']),
    random.pick([body, base64url({ ...times, iss: random.pick(oddities), sub: [] }), '', '!']),
    random.pick([tail, tail.slice(1), '', random.bytes(64).toString('base64url')]),
    ...(random.chance(0.1) ? ['', ''] : []),
  ].join('.');
}

/** What stands in place of `value`, spelled as it goes over the wire. */
function mutateValue(random: Random, known: Known, value: string): string {
  const at = random.below(value.length + 1);
  const wire = encodeURIComponent;
  switch (random.below(10)) {
    case 0:
      return random.pick(oddities);
    case 1:
      return wire(value.slice(0, at));
    case 2:
      return wire(value.slice(0, at)) + random.pick(oddities) + wire(value.slice(at));
    case 3:
      return `${wire(value)}${random.pick(['', '+', '%20', ',', '%09'])}${wire(value)}`;
    case 4:
      return brokenToken(random, known);
    case 5:
      return wire(random.pick(known.tokens));
    case 6:
      return random.bytes(random.below(40)).toString('latin1');
    case 7:
      return wire(value).replaceAll(/[a-z]/g, (letter) =>
        random.chance(0.3) ? `%${letter.charCodeAt(0).toString(16)}` : letter,
      );
    case 8:
      return wire(random.chance(0.5) ? value.toUpperCase() : [...value].reverse().join(''));
    default:
      return value;
  }
}

/** The parameters of a place as pairs: some left out, repeated, of another place, or mutated; else as they should be. */
function pairsOf(random: Random, known: Known, place: Place): string[] {
  const pairs = Object.entries(place.parameters).flatMap(([name, values]) => {
    if (random.chance(0.06)) return [];
    const value = random.pick(values);
    const spelled = random.chance(0.2) ? mutateValue(random, known, value) : encodeURIComponent(value);
    const pair = `${random.chance(0.02) ? random.pick(oddities) : name}=${spelled}`;
    return random.chance(0.03) ? [pair, pair] : [pair];
  });
  if (random.chance(0.1)) {
    const [name, values] = random.pick(Object.entries(random.pick(known.places).parameters)) ?? ['x', ['y']];
    pairs.push(`${name}=${encodeURIComponent(random.pick(values))}`);
  }
  if (random.chance(0.01)) pairs.push(...Array.from({ length: 120 }, (_, index) => `p${index}=1`));
  return random.chance(0.05) ? pairs.reverse() : pairs;
}

function authorizationOf(random: Random, known: Known): string {
  const [id, secret] = random.pick(known.clients);
  const pair = random.pick([
    `${id}:${secret}`,
    `${id}:${random.pick(oddities)}`,
    `${random.pick(oddities)}:${secret}`,
    id,
    `${id}:${secret}:`,
    `${encodeURIComponent(id)}:%zz`,
  ]);
  const encoded = random.chance(0.05)
    ? random.bytes(random.below(60)).toString('base64')
    : Buffer.from(pair).toString('base64');
  const bearer = `Bearer ${random.chance(0.5) ? random.pick(known.tokens) : brokenToken(random, known)}`;
  const others = [
    bearer,
    `basic ${encoded}`,
    `Basic  ${encoded}=`,
    'Basic',
    'DPoP x',
    `Digest ${pair}`,
    encoded,
  ];
  return random.chance(0.6) ? `Basic ${encoded}` : random.pick(others);
}

/** Lines of the header that no endpoint needs, and some that say what is not so. */
function furtherHeaders(random: Random, known: Known): string[] {
  const lines: string[] = [];
  const now = (share: number, line: () => string) => {
    if (random.chance(share)) lines.push(line());
  };
  now(0.5, () => `Authorization: ${authorizationOf(random, known)}`);
  now(0.03, () => `Authorization: ${authorizationOf(random, known)}`);
  now(0.3, () => `Cookie: ${cookieOf(random, known)}`);
  // Else the failures of one address would hide everything else behind 429.
  now(0.8, () => `X-Forwarded-For: 10.0.${random.below(8)}.${random.below(250)}`);
  now(0.02, () => `X-Forwarded-For: ${random.pick(oddities)}, ::ffff:1.2.3.4, ${random.pick(oddities)}`);
  now(0.1, () => `Origin: ${random.pick(['null', 'https://evil.example', ...oddities])}`);
  now(
    0.05,
    () => `Accept-Language: ${random.pick(['de', 'en;q=9', ';;;,,,', 'x'.repeat(500), ...oddities])}`,
  );
  now(0.03, () => `X-${random.below(100)}: ${random.bytes(20).toString('latin1')}`);
  now(0.02, () => `Range: bytes=${random.pick(['0-', '-1', '5-1'])}`);
  now(0.02, () => `If-None-Match: ${random.pick(['*', 'W/"x"', '"', ...oddities])}`);
  now(0.02, () => `Accept-Encoding: ${random.pick(['gzip, br', 'identity;q=0', '*;q=0'])}`);
  return lines.map((line) => line.replaceAll(controls, ''));
}

function cookieOf(random: Random, known: Known): string {
  const cookie = known.cookies.length === 0 ? 'a=b' : random.pick(known.cookies);
  const at = random.below(cookie.length);
  return random.pick([
    cookie,
    known.cookies.join('; '),
    cookie.slice(0, at),
    `${cookie};${random.pick(oddities)};;=`,
    `tessera-session=${random.pick(oddities)}; tessera-session=${random.bytes(32).toString('base64url')}`,
    `tessera-browser=${'x'.repeat(random.below(3000))}`,
  ]);
}

/** What follows `POST …`: a body with its length, in chunks, or empty. */
function bodyOf(random: Random, content: Buffer): { readonly lines: string[]; readonly body: Buffer } {
  if (!random.chance(0.05)) return { lines: [`Content-Length: ${content.length}`], body: content };
  const half = random.below(content.length + 1);
  const chunks = [content.subarray(0, half), content.subarray(half)]
    .filter(({ length }) => length > 0)
    .flatMap((part) => [`${part.length.toString(16)}${random.pick(['', ';x=y'])}\r\n`, part, '\r\n']);
  const whole = [...chunks, '0\r\n\r\n'].map((part) => Buffer.from(part));
  return { lines: ['Transfer-Encoding: chunked'], body: Buffer.concat(whole) };
}

/** A request that ends where it says. */
function wholeRequest(random: Random, known: Known): Malformed {
  const place = random.pick(known.places);
  const method = random.chance(0.95) ? place.method : random.pick(methods);
  const pairs = pairsOf(random, known, place).join('&');
  const inBody = method !== 'GET' && method !== 'HEAD' && random.chance(0.97);
  const path = random.chance(0.97) ? place.path : strangePath(random, place.path);
  const query = inBody ? (random.chance(0.05) ? '?a=%zz&client_id=x' : '') : `?${pairs}`;
  const form = contentOf(random, place, pairs);
  const { lines, body } = inBody ? bodyOf(random, form) : { lines: [], body: Buffer.alloc(0) };
  const type = random.chance(0.95) ? 'application/x-www-form-urlencoded' : random.pick(types);
  const head = [
    // What would end the line, or begin another, is for the requests that are not whole.
    `${method} ${(path + query).replaceAll(/[^\x21-\x7e]|#/g, '_')} HTTP/1.1`,
    `Host: ${random.chance(0.98) ? 'localhost' : random.pick(['evil.example', '[::1]:1', 'x'.repeat(300)])}`,
    ...(inBody ? [`Content-Type: ${type}`] : []),
    ...lines,
    ...furtherHeaders(random, known),
  ];
  return { bytes: Buffer.concat([headBytes(head), body]), whole: true, method };
}

function contentOf(random: Random, { bodies }: Place, pairs: string): Buffer {
  if (random.chance(0.01)) return random.bytes(random.below(2000));
  if (bodies === undefined) return Buffer.from(pairs);
  const body = Buffer.from(random.pick(bodies));
  return random.chance(0.5) ? flipped(random, body) : body;
}

const headBytes = (lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');

const strangePath = (random: Random, path: string): string =>
  random.pick([
    ...[`${path}/`, `/${path}`, path.toUpperCase(), `${path}%00`, `${path};x`, `${path}/../..`, '/%2e%2e/'],
    ...[
      '*',
      '/',
      `http://evil.example${path}`,
      '/%',
      '/%ff%fe',
      `/${random.pick(oddities)}`,
      '/.well-known/x',
    ],
  ]);

/** A request whose bytes, lengths or size are wrong: what follows it on its connection cannot be told from it. */
function brokenRequest(random: Random, known: Known): Malformed {
  const { bytes, method } = wholeRequest(random, known);
  const text = bytes.toString('latin1');
  const broken = random.pick([
    () => flipped(random, bytes),
    () => bytes.subarray(0, random.below(bytes.length)),
    () => Buffer.concat([bytes.subarray(0, random.below(bytes.length)), random.bytes(20), bytes]),
    () =>
      replaced(
        text,
        /Content-Length: (\d+)/,
        `Content-Length: ${random.pick(['-1', '1e3', '0x10', '', '99999999999999999999', '$1, $1', '$1\r\nContent-Length: 3', '70000'])}`,
      ),
    () =>
      replaced(
        text,
        /Content-Length: \d+/,
        `$&\r\nTransfer-Encoding: ${random.pick(['chunked', 'gzip', 'chunked, chunked', ' chunked', 'identity'])}`,
      ),
    () => replaced(text, /Transfer-Encoding: chunked/, 'Transfer-Encoding: chunked\r\nTrailer: x'),
    () =>
      replaced(text, /HTTP\/1\.1/, random.pick(['HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/9.9', 'ICY', ''])),
    () => replaced(text, /Host: /, random.pick(['Host : ', 'host:\r\nHost: ', 'X: ', ' Host: ', ':'])),
    () => replaced(text, /\r\n/g, random.pick(['\n', '\r', '\r\r\n', '\n\n', '\0'])),
    () =>
      replaced(
        text,
        /Host: /,
        `${random.pick(['Expect: 100-continue', 'Expect: x', 'Upgrade: websocket\r\nConnection: Upgrade', 'Connection: close', 'Connection: x, keep-alive'])}\r\nHost: `,
      ),
    () => replaced(text, /Host: /, `X: ${'x'.repeat(16_000 + random.below(8000))}\r\nHost: `),
    () => replaced(text, /Host: /, `${'X: y\r\n'.repeat(2100)}Host: `),
    () => replaced(text, / HTTP/, `${'&x='.repeat(random.below(9000))} HTTP`),
    () => large(random, known),
    () => random.bytes(1 + random.below(400)),
  ])();
  return { bytes: broken, whole: false, method };
}

const replaced = (text: string, what: RegExp, by: string) => Buffer.from(text.replace(what, by), 'latin1');

function flipped(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = 1 + random.below(3); count > 0; count -= 1)
    copy[random.below(copy.length)] = random.below(256);
  return copy;
}

/** A body around and beyond the limit. */
function large(random: Random, known: Known): Buffer {
  const { path } = random.pick(known.places);
  const body = Buffer.concat([Buffer.from('scope='), Buffer.alloc(60_000 + random.below(12_000), 'a%20')]);
  const lines = ['Host: localhost', 'Content-Type: application/x-www-form-urlencoded'];
  return Buffer.concat([
    headBytes([`POST ${path} HTTP/1.1`, ...lines, `Content-Length: ${body.length}`]),
    body,
  ]);
}

/** One of `1 / share` is broken in its form, and the last on its connection. */
export const malformed = (random: Random, known: Known, brokenShare: number): Malformed =>
  random.chance(brokenShare) ? brokenRequest(random, known) : wholeRequest(random, known);
