// base64url without padding (RFC 4648 §5, RFC 7515 §2), in its one spelling; by Buffer in Node.js, elsewhere by jose.

import { base64url } from 'jose';
import { isNode } from './host.ts';

/** The bytes; undefined for what no encoder writes. */
export type Decode = (text: string) => Uint8Array | undefined;

export const webDecode: Decode = (text) =>
  /^[\w-]+$/.test(text) && isWhole(text) ? base64url.decode(text) : undefined;

export const nodeDecode: Decode = (text) => {
  // It passes over what is no base64url, and takes that of others: encoded again, it is the same text or was not good.
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined;
};

export const decode = isNode ? nodeDecode : webDecode;

/** By the length's rest in fours: what the last character may be, so that no bits are left over (RFC 4648 §3.5). */
const lastCharacters = [/[\w-]/, /^$/, /[AQgw]/, /[AEIMQUYcgkosw048]/] as const;

const isWhole = (text: string): boolean => lastCharacters[(text.length % 4) as 0].test(text.slice(-1));
