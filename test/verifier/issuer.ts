// A minimal authorization server over real HTTP: metadata, a key set, and answers that a test sets for other paths.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

export interface SigningPair {
  readonly kid: string;
  readonly alg: string;
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

export async function newKey(alg = 'ES256', kid = 'first'): Promise<SigningPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, privateKey };
}

export interface FakeIssuer {
  readonly issuer: string;
  keys: JWK[];
  /** Answers by path; they come before the server's own. */
  readonly at: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  /** Requests for a path so far. */
  count(path: string): number;
  /** Breaks every connection instead of answering. */
  unavailable: boolean;
  close(): Promise<void>;
}

export async function startIssuer(keys: JWK[], more: Record<string, string> = {}): Promise<FakeIssuer> {
  const counted = new Map<string, number>();
  const at: FakeIssuer['at'] = new Map();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    counted.set(path, (counted.get(path) ?? 0) + 1);
    if (fake.unavailable) response.destroy();
    else if (at.has(path)) at.get(path)?.(request, response);
    else if (path === '/jwks') response.end(JSON.stringify({ keys: fake.keys }));
    else if (path === '/.well-known/oauth-authorization-server')
      response.end(JSON.stringify({ issuer: fake.issuer, jwks_uri: `${fake.issuer}/jwks`, ...resolved() }));
    else response.writeHead(404).end();
  });
  const resolved = () =>
    Object.fromEntries(Object.entries(more).map(([name, path]) => [name, fake.issuer + path]));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeIssuer = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    at,
    unavailable: false,
    count: (path) => counted.get(path) ?? 0,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

/** Of a verifier whose lines do not matter. */
export const silent = { warn: () => {}, error: () => {} };

export const audience = 'https://api.example.com';

const seconds = () => Math.floor(Date.now() / 1000);

/** Claims of a good token in the standard dialect. */
export const goodClaims = (issuer: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: issuer,
  aud: audience,
  sub: 'customer',
  client_id: 'customer',
  jti: 'token-1',
  iat: seconds(),
  exp: seconds() + 3600,
  scope: 'invoices.read invoices.write',
  ...more,
});

export const sign = (
  { privateKey, kid, alg }: SigningPair,
  claims: Record<string, unknown>,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, typ: 'at+jwt', kid, ...header }).sign(privateKey);
