// base64url without padding (RFC 4648 §5, RFC 7515 §2), in its one spelling; by Buffer in Node.js, elsewhere by jose.

import { base64url } from 'jose';
import { isNode } from './host.ts';

/** The bytes; undefined for what no encoder writes. */
export type Decode = (text: string) => Uint8Array | undefined;

export const webDecode: Decode = (text) =>
  /^[\w-]+$/.test(text) && isWhole(text) ? base64url.decode(text) : undefined;

export const nodeDecode: Decode = (text) => {
  if (!isWhole(text) || text.includes('+') || text.includes('/')) return undefined;
  // Of characters beyond ASCII Buffer sees one byte, which may be that of a letter.
  if (Buffer.byteLength(text) !== text.length) return undefined;
  // It passes over what is no base64 at all: then there are fewer bytes.
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === (text.length * 3) >> 2 ? bytes : undefined;
};

export const decode = isNode ? nodeDecode : webDecode;

/** By the length's rest in fours: what the last character may be, so that no bits are left over (RFC 4648 §3.5). */
const lastCharacters = [/[\w-]/, /^$/, /[AQgw]/, /[AEIMQUYcgkosw048]/] as const;

const isWhole = (text: string): boolean => lastCharacters[(text.length % 4) as 0].test(text.slice(-1));
