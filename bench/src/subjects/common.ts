// What the child programs share: the algorithm by argument, a new key, a new client, and the ready line.

import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

export const AUDIENCE = 'https://api.example.com';
export const LIFETIME_SECONDS = 3600;

export function algFromArgv(): 'RS256' | 'ES256' {
  const alg = process.argv[2];
  if (alg !== 'RS256' && alg !== 'ES256') throw new Error('the first argument must be RS256 or ES256');
  return alg;
}

/** A key pair made for this run alone: as a CryptoKey, as a private JWK, and as the public JWK Set. */
export async function makeKey(alg: 'RS256' | 'ES256') {
  const pair = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwk = { ...(await exportJWK(pair.privateKey)), kid, alg, use: 'sig' };
  return { kid, key: pair.privateKey, privateJwk, jwks: { keys: [{ ...publicJwk, kid, alg, use: 'sig' }] } };
}

export function makeClient() {
  return {
    client_id: `bench-${randomBytes(6).toString('hex')}`,
    client_secret: randomBytes(32).toString('base64url'),
    scope: 'read write',
  };
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Prints the one line that says that requests are accepted, and ends the program with its parent. */
export function ready(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.stdin.on('end', () => process.exit(0));
  process.stdin.resume();
}
