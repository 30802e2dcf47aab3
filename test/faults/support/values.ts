// Values of parameters, tokens, credentials and cookies: good ones of a server that is in use, and what becomes of them.

import type { Random } from './random.ts';

/** An endpoint, and what is sent there. */
export interface Place {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** What each may be. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** In place of a form. */
  readonly bodies?: readonly string[];
  /** Tokens that are good here. */
  readonly bearer?: readonly string[];
}

/** What a server has given: values that are good somewhere. */
export interface Known {
  readonly places: readonly Place[];
  /** Pairs of id and secret. */
  readonly clients: readonly (readonly [string, string])[];
  readonly tokens: readonly string[];
  readonly cookies: readonly string[];
}

export const oddities = [
  ...'% %00 %zz %C3%28 %ED%A0%80 %F0%9F%92%A9 %EF%BF%BF %E2%80%AE %0d%0aSet-Cookie:%20a=b'.split(' '),
  ...'+ = & ; , \' " é \u{1f4a9} null undefined true -1 0 1e309 NaN [] {} __proto__ constructor toString'.split(
    ' ',
  ),
  ...'../../etc/passwd <script> javascript:alert(1) http:// https://[::1 //evil.example urn:x data:,'.split(
    ' ',
  ),
  ...['', ' ', '\t', "' or 1=1 --", '[object Object]', '9'.repeat(40), 'a'.repeat(300), '%41'.repeat(100)],
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
export function mutateValue(random: Random, known: Known, value: string): string {
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

/** Of an Authorization header. */
export function authorizationOf(random: Random, known: Known): string {
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
  const others = [bearer, `basic ${encoded}`, `Basic  ${encoded}=`, `Digest ${pair}`, 'Basic', 'DPoP x'];
  return random.chance(0.6) ? `Basic ${encoded}` : random.pick(others);
}

export function cookieOf(random: Random, known: Known): string {
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
