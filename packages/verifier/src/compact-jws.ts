// Reads a JWS in its compact form (RFC 7515 §3.1, §5.2), and nothing that only nearly is one.

import { decode } from './base64url.ts';
import { VerifierError } from './verifier-error.ts';

export interface CompactJws {
  /** The whole of it. */
  readonly token: string;
  /** The header and the payload, with the dot between. */
  readonly signed: string;
  /** Each base64url. */
  readonly header: string;
  readonly payload: string;
  readonly signature: Uint8Array;
}

export interface JwsHeader {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
}

/** Characters. Those of a server are below 2,000. */
export const longestToken = 16_384;

/** Throws `token_malformed`. The header and the payload are not looked into. */
export function splitJws(token: string): CompactJws {
  const first = token.indexOf('.');
  const last = token.indexOf('.', first + 1);
  // An unsigned token, which ends with a dot, is none (RFC 7519 §6).
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
  // RFC 7515 §4.1.11: what must be understood and is not makes it invalid. There is nothing here to understand.
  if ('crit' in others) throw malformed('Its header has crit, and no extension is known here.');
  return { alg, kid, typ };
}

/** A JSON object in UTF-8 (RFC 7515 §5.2, RFC 7519 §7.2), frozen with all that is in it. */
export function readObject(segment: string): Readonly<Record<string, unknown>> {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytesOf(segment));
    value = JSON.parse(text);
  } catch (cause) {
    // What JSON.parse says quotes the text.
    throw cause instanceof VerifierError ? cause : malformed('A part of it is not JSON in UTF-8.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('A part of it is not a JSON object.');
  const nested = text.includes('{', text.indexOf('{') + 1) || text.includes('[');
  return (nested ? deepFreeze(value) : Object.freeze(value)) as Readonly<Record<string, unknown>>;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function bytesOf(segment: string): Uint8Array {
  const bytes = decode(segment);
  if (bytes === undefined) throw malformed('A part of it is not base64url.');
  return bytes;
}

const malformed = (what: string) =>
  new VerifierError('token_malformed', `This is no signed token: ${what} Send it as it was issued.`);
