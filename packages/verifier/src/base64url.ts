// base64url without padding (RFC 4648 §5, RFC 7515 §2), in its canonical form alone; by Buffer in Node.js, elsewhere by jose.

import { base64url } from 'jose';
import { isNode } from './host.ts';

/** Gives the bytes; undefined for text that no encoder writes. */
export type Decode = (text: string) => Uint8Array | undefined;

export const webDecode: Decode = (text) =>
  /^[\w-]+$/.test(text) && isWhole(text) ? base64url.decode(text) : undefined;

export const nodeDecode: Decode = (text) => {
  // Buffer skips invalid characters and takes unused bits: only canonical text is the same when encoded again.
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined;
};

export const decode = isNode ? nodeDecode : webDecode;

/** What the last character may be, by the length modulo 4, so that no unused bits are set (RFC 4648 §3.5). */
const lastCharacters = [/[\w-]/, /^$/, /[AQgw]/, /[AEIMQUYcgkosw048]/] as const;

const isWhole = (text: string): boolean => lastCharacters[(text.length % 4) as 0].test(text.slice(-1));
