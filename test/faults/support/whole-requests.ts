// Requests that end where they say, and are wrong in their parameters, headers, paths or methods.

import type { Random } from './random.ts';
import { authorizationOf, cookieOf, type Known, mutateValue, oddities, type Place } from './values.ts';

export interface Malformed {
  readonly bytes: Buffer;
  /** Whether it ends where it says, so that there is one answer, and another request may follow. */
  readonly whole: boolean;
  readonly method: string;
}

const methods = 'GET POST HEAD PUT DELETE OPTIONS PATCH TRACE PROPFIND M-SEARCH'.split(' ');
const form = 'application/x-www-form-urlencoded';
const types = [
  'application/json',
  'text/plain',
  'multipart/form-data; boundary=x',
  'a/b; c="',
  'é/é',
  '',
  ';',
];

/** They would end the line, or the request: controls of ASCII, but for the tab. */
const controls = /(?![\t\u0080-\u009f])\p{Cc}/gu;

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

/** Lines of the header that no endpoint needs, and some that say what is not so. */
function furtherHeaders(random: Random, known: Known, { bearer }: Place): string[] {
  const lines: string[] = [];
  const now = (share: number, line: () => string) => {
    if (random.chance(share)) lines.push(line());
  };
  if (bearer !== undefined) now(0.8, () => `Authorization: Bearer ${random.pick(bearer)}`);
  now(0.1, () => `Authorization: ${authorizationOf(random, known)}`);
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
export function wholeRequest(random: Random, known: Known): Malformed {
  const place = random.pick(known.places);
  const method = random.chance(0.95) ? place.method : random.pick(methods);
  const pairs = pairsOf(random, known, place).join('&');
  const inBody = method !== 'GET' && method !== 'HEAD' && random.chance(0.97);
  const path = random.chance(0.97) ? place.path : strangePath(random, place.path);
  const query = inBody ? (random.chance(0.05) ? '?a=%zz&client_id=x' : '') : `?${pairs}`;
  const content = contentOf(random, place, pairs);
  const { lines, body } = inBody ? bodyOf(random, content) : { lines: [], body: Buffer.alloc(0) };
  const type = random.chance(0.95) ? form : random.pick([...types, `${form}; charset=utf-16`]);
  const head = [
    // What would end the line, or begin another, is for the requests that are not whole.
    `${method} ${(path + query).replaceAll(/[^\x21-\x7e]|#/g, '_')} HTTP/1.1`,
    `Host: ${random.chance(0.98) ? 'localhost' : random.pick(['evil.example', '[::1]:1', 'x'.repeat(300)])}`,
    ...(inBody ? [`Content-Type: ${type}`] : []),
    ...lines,
    ...furtherHeaders(random, known, place),
  ];
  return { bytes: Buffer.concat([headBytes(head), body]), whole: true, method };
}

function contentOf(random: Random, { bodies }: Place, pairs: string): Buffer {
  if (random.chance(0.01)) return random.bytes(random.below(2000));
  if (bodies === undefined) return Buffer.from(pairs);
  const body = Buffer.from(random.pick(bodies));
  return random.chance(0.5) ? flipped(random, body) : body;
}

export const headBytes = (lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');

const strangePath = (random: Random, path: string): string =>
  random.pick([
    ...[`${path}/`, `/${path}`, path.toUpperCase(), `${path}%00`, `${path};x`, `${path}/../..`, '/%2e%2e/'],
    ...[
      '*',
      '/',
      '/%',
      '/%ff%fe',
      '/.well-known/x',
      `http://evil.example${path}`,
      `/${random.pick(oddities)}`,
    ],
  ]);

/** Some bytes are others. */
export function flipped(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = 1 + random.below(3); count > 0; count -= 1)
    copy[random.below(copy.length)] = random.below(256);
  return copy;
}
