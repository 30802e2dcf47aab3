// Reads a JWS in compact serialization (RFC 7515 §3.1, §5.2), strictly.

import { decode } from './base64url.ts';
import { VerifierError } from './verifier-error.ts';

export interface CompactJws {
  /** The whole text. */
  readonly token: string;
  /** The JWS signing input: header and payload, with the dot between them. */
  readonly signed: string;
  /** In base64url. */
  readonly header: string;
  /** In base64url. */
  readonly payload: string;
  readonly signature: Uint8Array;
}

export interface JwsHeader {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
}

/** In characters. A server's tokens are below 2,000. */
export const longestToken = 16_384;

/** Throws `token_malformed`. Header and payload are not decoded yet. */
export function splitJws(token: string): CompactJws {
  const first = token.indexOf('.');
  const last = token.indexOf('.', first + 1);
  // An unsecured token ends with a dot (RFC 7519 §6); it is refused.
  if (last === -1 || last === token.length - 1 || token.includes('.', last + 1))
    throw malformed('It is not three parts with dots between.');
  return {
    token,
    signed: token.slice(0, last),
    header: token.slice(0, first),
    payload: token.slice(first + 1, last),
    signature: bytesOf(token.slice(last + 1)),
  };
}

export function readHeader(segment: string): JwsHeader {
  const { alg, kid, typ, ...others } = readObject(segment);
  if (typeof alg !== 'string') throw malformed('Its header has no alg.');
  if (kid !== undefined && typeof kid !== 'string') throw malformed('The kid of its header is not a string.');
  if (typ !== undefined && typeof typ !== 'string') throw malformed('The typ of its header is not a string.');
  // RFC 7515 §4.1.11: an extension that is not understood makes it invalid, and none is understood here.
  if ('crit' in others) throw malformed('Its header has crit, and no extension is known here.');
  return { alg, kid, typ };
}

/** A JSON object in UTF-8 (RFC 7515 §5.2, RFC 7519 §7.2), at most 32 levels deep, frozen with all that is in it. */
export function readObject(segment: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytesOf(segment)));
  } catch (cause) {
    // The message of JSON.parse would quote the token.
    throw cause instanceof VerifierError ? cause : malformed('A part of it is not JSON in UTF-8.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('A part of it is not a JSON object.');
  return freeze(value) as Readonly<Record<string, unknown>>;
}

/** Levels of lists and objects in a header or a payload; a server's tokens have three. */
const deepest = 32;

/** Level by level: a call for each would end the stack where the token wants it to. */
function freeze<T extends object>(value: T): T {
  let level: readonly object[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === deepest) throw malformed(`A part of it is nested more than ${deepest} levels deep.`);
    const next: object[] = [];
    for (const each of level)
      for (const member of Object.values(Object.freeze(each)))
        if (typeof member === 'object' && member !== null) next.push(member);
    level = next;
  }
  return value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function bytesOf(segment: string): Uint8Array {
  const bytes = decode(segment);
  if (bytes === undefined) throw malformed('A part of it is not base64url.');
  return bytes;
}

const malformed = (what: string) =>
  new VerifierError('token_malformed', `This is no signed token: ${what} Send it as it was issued.`);
