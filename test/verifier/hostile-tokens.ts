// Tokens that were made to break a verifier: deep, wide, huge, misspelt, confused. None of them is good.

import { createHmac } from 'node:crypto';
import type { VerifierErrorCode } from '@tessera-oauth/verifier';
import { goodClaims, type SigningPair } from './issuer.ts';

export type HostileToken = readonly [what: string, code: VerifierErrorCode, token: string];

type Text = string | Uint8Array;
const encode = (text: Text) => Buffer.from(text).toString('base64url');
const signature = encode(new Uint8Array(64).fill(7));

/** A list in a list in a list. */
export const nest = (levels: number, open = '[', close = ']'): string =>
  `${open.repeat(levels)}${close.repeat(levels)}`;
export const nestObjects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** `key` signs what is hostile behind a good signature; `rsa` is published beside it. */
export async function hostileTokens(
  issuer: string,
  key: SigningPair,
  rsa: SigningPair,
): Promise<readonly HostileToken[]> {
  const { kid } = key;
  const claims = JSON.stringify(goodClaims(issuer));
  const good = { alg: 'ES256', typ: 'at+jwt', kid };
  const of = (header: Text, payload: Text = claims) => `${encode(header)}.${encode(payload)}.${signature}`;
  const spelt = (more: string) => `${JSON.stringify(good).slice(0, -1)},${more}}`;
  const signed = async (payload: Text, header: Text = JSON.stringify(good)) => {
    const input = `${encode(header)}.${encode(payload)}`;
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const made = await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(input));
    return `${input}.${encode(new Uint8Array(made))}`;
  };
  const claimed = (more: string) => signed(`${claims.slice(0, -1)},${more}}`);
  const whole = await signed(claims);
  const [head = '', body = '', made = ''] = whole.split('.');
  return [
    ...headers(of, spelt),
    ...confusions(of, good, key, rsa, claims),
    ...(await behindTheSignature(claimed, signed)),
    ['padding', 'token_malformed', `${whole}==`],
    ['the alphabet of base64', 'token_malformed', `${head}.${body}.${made.slice(0, -2)}+/`],
    ['four parts', 'token_malformed', `${whole}.${made}`],
    ['only dots', 'token_malformed', '.'.repeat(9000)],
    ['nothing between dots', 'token_malformed', '..'],
    ['a JWE (RFC 7516 §3.1)', 'token_malformed', `${head}.AAAA.AAAA.${body}.AAAA`],
    ['no signature', 'token_malformed', `${head}.${body}.`],
    [
      'a signature in DER',
      'signature_wrong',
      `${head}.${body}.${encode(Buffer.from('3006020101020101', 'hex'))}`,
    ],
    [
      'a signature of zeros (CVE-2022-21449)',
      'signature_wrong',
      `${head}.${body}.${encode(new Uint8Array(64))}`,
    ],
    ['the signature of something else', 'signature_wrong', `${head}.${encode(`${claims} `)}.${made}`],
    ['a huge payload', 'token_malformed', of(JSON.stringify(good), `"${'a'.repeat(200_000)}"`)],
    ['a huge signature', 'token_malformed', `${head}.${body}.${'A'.repeat(200_000)}`],
  ];
}

/** Headers that are no JSON object in UTF-8, or one that was made to be walked through. */
function headers(of: (header: Text) => string, spelt: (more: string) => string): HostileToken[] {
  const malformed = ([what, header]: readonly [string, Text]): HostileToken => [
    what,
    'token_malformed',
    of(header),
  ];
  return [
    ...[33, 1000, 5500, 100_000].map((levels) =>
      malformed([`${levels} lists`, spelt(`"a":${nest(levels)}`)]),
    ),
    ...[33, 1500, 100_000].map((levels) =>
      malformed([`${levels} objects`, spelt(`"a":${nestObjects(levels)}`)]),
    ),
    ...(
      [
        ['a list of lists and nothing else', nest(5500)],
        ['lists that do not end', '['.repeat(12_000)],
        ['objects that do not end', '{"a":'.repeat(2400)],
        ['a crit of lists', spelt(`"crit":[${nest(5000)}]`)],
        ['crit', spelt('"crit":["exp"]')],
        ['b64 (RFC 7797)', spelt('"b64":false,"crit":["b64"]')],
        ['an alg of lists', `{"alg":${nest(5500)}}`],
        ['a kid of lists', `{"alg":"ES256","typ":"at+jwt","kid":${nest(5500)}}`],
        ['a typ of lists', `{"alg":"ES256","typ":${nest(5500)}}`],
        ['no alg of its own', '{"__proto__":{"alg":"ES256","typ":"at+jwt"}}'],
        ['an alg of null', '{"alg":null}'],
        ['a byte order mark', `\uFEFF${spelt('"a":1')}`],
        ['UTF-16', Buffer.from(spelt('"a":1'), 'utf16le')],
        ['a byte that is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
        ['half a character in UTF-8', Buffer.from('7b22eda080223a317d', 'hex')],
        ['a NUL', `${spelt('"a":1')}\0`],
        ['two values', '{}{}'],
        ['a comment', '{"alg":"ES256"/**/}'],
        ['a number that has no end', `{"alg":${'9'.repeat(9000)}}`],
        ['nothing', ' '],
      ] as const
    ).map(malformed),
    // What is JSON, and only strange: the key decides.
    ['a wide header', 'signature_wrong', of(spelt(`${'"a":1,'.repeat(1900)}"b":1`))],
    ['a wide list', 'signature_wrong', of(spelt(`"a":[${'[],'.repeat(3800)}1]`))],
    ['b64 without crit', 'signature_wrong', of(spelt('"b64":false'))],
    ['half a character, as an escape', 'signature_wrong', of(spelt('"a":"\\ud800"'))],
    ['a NUL, as an escape', 'key_unknown', of('{"alg":"ES256","typ":"at+jwt","kid":"\\u0000"}')],
    ['a __proto__', 'signature_wrong', of(spelt('"__proto__":{"crit":[]}'))],
    ['members of Object.prototype', 'signature_wrong', of(spelt('"toString":1,"constructor":1'))],
    ['two algs, the last of them none', 'algorithm_refused', of(spelt('"alg":"none"'))],
    ['two typs, the last of them another', 'type_refused', of(spelt('"typ":"JWT"'))],
    ['two kids, the last of them unknown', 'key_unknown', of(spelt('"kid":"x"'))],
    ['a kid that is a path', 'key_unknown', of(spelt('"kid":"../../../../dev/null"'))],
    ['a kid that is SQL', 'key_unknown', of(spelt(`"kid":"' UNION SELECT 'a"`))],
    ['a kid of Object.prototype', 'key_unknown', of(spelt('"kid":"__proto__"'))],
  ];
}

/** Another algorithm, or a key that the token brings along (RFC 8725 §2.1, §3.1; RFC 7515 §4.1). */
function confusions(
  of: (header: Text) => string,
  good: object,
  key: SigningPair,
  rsa: SigningPair,
  claims: string,
): HostileToken[] {
  const hmac = (secret: string, alg: string) => {
    const input = `${encode(JSON.stringify({ ...good, alg, kid: rsa.kid }))}.${encode(claims)}`;
    return `${input}.${createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url')}`;
  };
  const brings = (members: object) => of(JSON.stringify({ ...good, ...members }));
  const secrets = [JSON.stringify(rsa.jwk), rsa.jwk.n ?? '', JSON.stringify(key.jwk), ''];
  return [
    ...[
      'none',
      'None',
      'nOnE',
      'ES256K',
      'es256',
      'ES384',
      'RS1',
      'HS256',
      'dir',
      'A128KW',
      '',
      '__proto__',
    ].map((alg): HostileToken => [`alg ${alg}`, 'algorithm_refused', brings({ alg })]),
    ...secrets.map(
      (secret): HostileToken => ['an HMAC of what is public', 'algorithm_refused', hmac(secret, 'HS256')],
    ),
    ['an HMAC of what is public, longer', 'algorithm_refused', hmac(rsa.jwk.n ?? '', 'HS512')],
    ['the kid of a key of another algorithm', 'key_unknown', brings({ kid: rsa.kid })],
    ['another algorithm of the same kid', 'key_unknown', brings({ alg: 'EdDSA' })],
    ['a key of its own (jwk)', 'signature_wrong', brings({ jwk: key.jwk })],
    ['a key of its own, without kid', 'signature_wrong', brings({ jwk: rsa.jwk, kid: undefined })],
    ['a key set of its own (jku)', 'signature_wrong', brings({ jku: 'http://127.0.0.1:1/jwks' })],
    ['a certificate of its own (x5u)', 'signature_wrong', brings({ x5u: 'http://127.0.0.1:1/x5u' })],
    ['a certificate of its own (x5c)', 'signature_wrong', brings({ x5c: ['AAAA'] })],
    ['compression (zip)', 'signature_wrong', brings({ zip: 'DEF' })],
    ['encryption (enc)', 'signature_wrong', brings({ enc: 'A256GCM' })],
    ['a token in a token (cty)', 'signature_wrong', brings({ cty: 'JWT' })],
  ];
}

/** An issuer that was tricked into signing it. */
async function behindTheSignature(
  claimed: (more: string) => Promise<string>,
  signed: (payload: Text) => Promise<string>,
): Promise<HostileToken[]> {
  return [
    ['a payload of 5,000 lists', 'token_malformed', await claimed(`"a":${nest(5000)}`)],
    ['a payload of 1,500 objects', 'token_malformed', await claimed(`"a":${nestObjects(1500)}`)],
    ['a payload that is a list', 'token_malformed', await signed(nest(33))],
    ['a payload that is null', 'token_malformed', await signed('null')],
    ['a payload that is no JSON', 'token_malformed', await signed('{')],
    ['a payload of bytes', 'token_malformed', await signed(new Uint8Array(200).fill(255))],
    ['claims without a prototype', 'claim_missing', await signed('{"__proto__":{"iss":"a"}}')],
    ['an exp that is infinite', 'claim_malformed', await claimed('"exp":1e999')],
    ['an exp that is text', 'claim_malformed', await claimed('"exp":"9999999999"')],
    ['an exp that is a list', 'claim_malformed', await claimed('"exp":[9999999999]')],
    ['an iat of the far future', 'token_not_yet_valid', await claimed('"iat":9e15')],
    ['an aud of lists', 'claim_malformed', await claimed(`"aud":${nest(20)}`)],
    ['an aud of nobody', 'audience_wrong', await claimed('"aud":[]')],
    ['an iss that is a list', 'issuer_wrong', await claimed('"iss":["a"]')],
    ['a scope that is an object', 'claim_malformed', await claimed('"scope":{"length":1}')],
    ['a cnf that is deep', 'token_bound', await claimed(`"cnf":{"jwk":${nest(20)}}`)],
    ['a sub that is an object', 'claim_malformed', await claimed('"sub":{"toString":1}')],
  ];
}
