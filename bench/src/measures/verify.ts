// Checking access tokens in an API: the verifier beside the signature check alone, jose and two other packages.

import { generateKeyPairSync, type KeyObject, randomUUID, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVerifier } from '@tessera-oauth/verifier';
import { auth } from 'express-oauth2-jwt-bearer';
import { type Algorithm, createVerifier as createFastJwt } from 'fast-jwt';
import { jwtVerify, SignJWT } from 'jose';
import { median, type Plan, round } from './measure.ts';

const algs = ['RS256', 'ES256', 'EdDSA'] as const;
type Alg = (typeof algs)[number];
const subjects = ['verifier', 'raw', 'jose', 'fast-jwt', 'express-oauth2-jwt-bearer', 'cached'] as const;
type SubjectName = (typeof subjects)[number];
/** Verifications per second of CPU time, of all threads. */
export type Verify = Record<Alg, Record<SubjectName, number>>;

type Check = (token: string) => unknown;
const audience = 'https://api.example.com';
/** As much of Express's request as the middleware reads. */
const request = {
  method: 'GET',
  protocol: 'https',
  url: '/invoices',
  originalUrl: '/invoices',
  query: {},
  body: {},
  is: () => false,
  get: (name: string) => (name === 'Host' ? 'api.example.com' : undefined),
};
/** How many different tokens take turns. */
const tokenCount = 64;
const warmUpSeconds = 0.5;

function keyPair(alg: Alg) {
  if (alg === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return alg === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('ed25519');
}

/** Serves metadata and a key set. */
async function startIssuer(jwk: object) {
  const server = createServer((request, response) => {
    const metadata = { issuer, jwks_uri: `${issuer}/jwks` };
    response.end(JSON.stringify(request.url === '/jwks' ? { keys: [jwk] } : metadata));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, stop: () => server.close() };
}

/** The signature check alone; its input is decoded beforehand. */
function rawCheck(alg: Alg, publicKey: KeyObject, tokens: readonly string[]): Check {
  const digest = alg === 'EdDSA' ? null : 'sha256';
  const key = alg === 'ES256' ? ({ key: publicKey, dsaEncoding: 'ieee-p1363' } as const) : publicKey;
  const parts = new Map(
    tokens.map((token) => {
      const dot = token.lastIndexOf('.');
      return [
        token,
        [Buffer.from(token.slice(0, dot)), Buffer.from(token.slice(dot + 1), 'base64url')],
      ] as const;
    }),
  );
  return (token) => {
    const [input, signature] = parts.get(token) ?? [];
    if (!verify(digest, input ?? Buffer.of(), key, signature ?? Buffer.of())) throw new Error('wrong');
  };
}

function checks(alg: Alg, issuer: string, publicKey: KeyObject, tokens: readonly string[]) {
  const fast = createFastJwt({
    key: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    algorithms: [alg as Algorithm],
    allowedIss: issuer,
    allowedAud: audience,
    cache: false,
  });
  const middleware = auth({ issuer, audience, jwksUri: `${issuer}/jwks`, tokenSigningAlg: alg });
  const handle = middleware as unknown as (
    request: object,
    response: object,
    next: (error?: unknown) => void,
  ) => void;
  const uncached = createVerifier({ issuer, audience, cacheSize: 0 });
  const cached = createVerifier({ issuer, audience });
  const expected = { issuer, audience, algorithms: [alg], typ: 'at+jwt' };
  return {
    verifier: (token) => uncached.verify(token),
    raw: rawCheck(alg, publicKey, tokens),
    jose: (token) => jwtVerify(token, publicKey, expected),
    'fast-jwt': (token) => fast(token),
    'express-oauth2-jwt-bearer': (token) =>
      new Promise<void>((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}` };
        const next = (error?: unknown) => (error === undefined ? resolve() : reject(error));
        handle({ ...request, headers }, {}, next);
      }),
    cached: (token) => cached.verify(token),
  } satisfies Record<SubjectName, Check>;
}

async function rateOf(check: Check, tokens: readonly string[], seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000;
  const before = process.cpuUsage();
  let count = 0;
  do {
    for (const token of tokens) {
      const result = check(token);
      if (result instanceof Promise) await result;
    }
    count += tokens.length;
  } while (performance.now() < until);
  const { user, system } = process.cpuUsage(before);
  return (count / (user + system)) * 1e6;
}

async function measureAlg(alg: Alg, { rounds, seconds, note }: Plan): Promise<Verify[Alg]> {
  const { publicKey, privateKey } = keyPair(alg);
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'key', alg, use: 'sig' };
  const { issuer, stop } = await startIssuer(jwk);
  const sign = () =>
    new SignJWT({ client_id: 'client', scope: 'invoices.read invoices.write' })
      .setProtectedHeader({ alg, typ: 'at+jwt', kid: 'key' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('client')
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('2h')
      .sign(privateKey);
  const tokens = await Promise.all(Array.from({ length: tokenCount }, sign));
  const all = checks(alg, issuer, publicKey, tokens);
  const rates = Object.fromEntries(subjects.map((name) => [name, [] as number[]]));
  for (let index = 0; index < rounds; index += 1) {
    for (const turn of subjects.keys()) {
      const name = subjects[(turn + index) % subjects.length] ?? 'raw';
      if (index === 0) await rateOf(all[name], tokens, warmUpSeconds);
      const rate = await rateOf(all[name], tokens, seconds);
      rates[name]?.push(rate);
      note(`verify ${alg}, round ${index + 1}/${rounds}, ${name}: ${Math.round(rate)} per CPU second`);
    }
  }
  stop();
  const figures = subjects.map((name) => [name, round(median(rates[name] ?? []), 0)]);
  return Object.fromEntries(figures) as Verify[Alg];
}

export async function measureVerify(plan: Plan): Promise<Verify> {
  const figures: Partial<Verify> = {};
  for (const alg of algs) figures[alg] = await measureAlg(alg, plan);
  return figures as Verify;
}
