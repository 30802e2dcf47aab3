// Authorization codes and refresh tokens (docs/decisions/0007): each contains the id of its grant and an HMAC. Forged ones
// are refused without asking the database, and a copy of the database is not enough to make one.

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { GrantTokens } from '@tessera-oauth/core';
import { type MasterKey, makingKey } from './master-key.ts';

const idBytes = 16;
const tagBytes = 32;
const generationBytes = 4;
/** The first byte of a refresh token: the layout of the rest. */
const version = 1;

export function createGrantTokens(master: MasterKey): GrantTokens {
  const codes = tagger(master, 'authorization code');
  const refreshTokens = tagger(master, 'refresh token');
  return {
    code: (issuer, id) => codes.append(issuer, Buffer.from(id, 'base64url')),
    readCode(issuer, code) {
      return codes.read(issuer, code, idBytes)?.toString('base64url');
    },
    refreshToken(issuer, id, generation) {
      const payload = Buffer.alloc(1 + idBytes + generationBytes);
      payload.writeUInt8(version);
      payload.write(id, 1, 'base64url');
      payload.writeUInt32BE(generation, 1 + idBytes);
      return refreshTokens.append(issuer, payload);
    },
    readRefreshToken(issuer, token) {
      const payload = refreshTokens.read(issuer, token, 1 + idBytes + generationBytes);
      if (payload?.[0] !== version) return undefined;
      const id = payload.subarray(1, 1 + idBytes).toString('base64url');
      return { id, generation: payload.readUInt32BE(1 + idBytes) };
    },
  };
}

/** Appends an HMAC to a payload, and reads payloads whose HMAC is right. */
function tagger(master: MasterKey, purpose: string) {
  // The issuer is part of the HMAC: a token of one issuer is worth nothing at another.
  const tag = (key: KeyObject, issuer: string, payload: Buffer) =>
    createHmac('sha256', key).update(payload).update(issuer).digest();
  return {
    append: (issuer: string, payload: Buffer): string =>
      Buffer.concat([payload, tag(makingKey(master, purpose), issuer, payload)]).toString('base64url'),
    read(issuer: string, text: string, length: number): Buffer | undefined {
      const bytes = Buffer.from(text, 'base64url');
      // Node.js skips what is not base64url. Only one spelling of a token is accepted.
      if (bytes.length !== length + tagBytes || bytes.toString('base64url') !== text) return undefined;
      const payload = bytes.subarray(0, length);
      const isRight = (key: KeyObject) => timingSafeEqual(tag(key, issuer, payload), bytes.subarray(length));
      return master.macKeys(purpose).some(isRight) ? payload : undefined;
    },
  };
}
