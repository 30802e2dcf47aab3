// Codes and refresh tokens (docs/decisions/0007): each names its grant and proves itself by an HMAC, so that garbage
// never reaches the database, and whoever reads the database can make neither.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { GrantTokens } from '@tessera-oauth/core';
import type { MasterKey } from './master-key.ts';

const idBytes = 16;
const tagBytes = 32;
const generationBytes = 4;
/** Says how the rest is to be read. */
const version = 1;

export function createGrantTokens(master: MasterKey): GrantTokens {
  const codes = tagger(master, 'authorization code');
  const refreshTokens = tagger(master, 'refresh token');
  return {
    code: (issuer, id) => codes.append(issuer, Buffer.from(id, 'base64url')),
    readCode(issuer, code) {
      const named = codes.read(issuer, code, idBytes);
      return named?.toString('base64url');
    },
    refreshToken(issuer, id, generation) {
      const named = Buffer.alloc(1 + idBytes + generationBytes);
      named.writeUInt8(version);
      named.write(id, 1, 'base64url');
      named.writeUInt32BE(generation, 1 + idBytes);
      return refreshTokens.append(issuer, named);
    },
    readRefreshToken(issuer, token) {
      const named = refreshTokens.read(issuer, token, 1 + idBytes + generationBytes);
      if (named?.[0] !== version) return undefined;
      const id = named.subarray(1, 1 + idBytes).toString('base64url');
      return { id, generation: named.readUInt32BE(1 + idBytes) };
    },
  };
}

function tagger(master: MasterKey, purpose: string) {
  const key = master.hmacKey(purpose);
  // The issuer is part of it: what one gave is garbage at another.
  const tag = (issuer: string, named: Buffer) =>
    createHmac('sha256', key).update(named).update(issuer).digest();
  return {
    append: (issuer: string, named: Buffer): string =>
      Buffer.concat([named, tag(issuer, named)]).toString('base64url'),
    read(issuer: string, text: string, length: number): Buffer | undefined {
      const bytes = Buffer.from(text, 'base64url');
      // Spelled as it was given, and no other way: one token is one text.
      if (bytes.length !== length + tagBytes || bytes.toString('base64url') !== text) return undefined;
      const named = bytes.subarray(0, length);
      return timingSafeEqual(tag(issuer, named), bytes.subarray(length)) ? named : undefined;
    },
  };
}
