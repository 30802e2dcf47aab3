// Tokens of every algorithm and dialect, good and spoilt, and their issuer, which allows scripts of any origin (CORS).

import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type FakeIssuer, goodClaims, newKey, type SigningPair, sign, startIssuer } from '../issuer.ts';

export interface Case {
  readonly name: string;
  readonly dialect: 'standard' | 'trelica' | 'tilia';
  readonly token: string;
  /** `good`, or the code of the error. */
  readonly expected: string;
}

const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA', 'RS512'];

/** The issuer also serves the cases, at `/cases`, for programs in other runtimes. */
export async function startCases(): Promise<FakeIssuer & { readonly cases: readonly Case[] }> {
  const keys = await Promise.all(algorithms.map((alg) => newKey(alg, alg)));
  const server = await startIssuer([]);
  const [first] = keys as [SigningPair];
  const cases = [...(await goodCases(server.issuer, keys)), ...(await badCases(server.issuer, first))];
  const iat = Math.floor(Date.now() / 1000);
  const denied = { iss: server.issuer, iat, exp: iat + 300, denied: ['revoked'], clients: {} };
  const denyList = await sign(first, denied, { typ: 'deny-list+jwt' });
  const answers: Record<string, object | string> = {
    '/jwks': { keys: keys.map(({ jwk }) => jwk) },
    '/.well-known/oauth-authorization-server': {
      issuer: server.issuer,
      jwks_uri: `${server.issuer}/jwks`,
      tessera_deny_list_uri: `${server.issuer}/deny-list`,
    },
    '/deny-list': denyList,
    '/cases': cases,
  };
  for (const [path, body] of Object.entries(answers))
    server.at.set(path, (_request, response: ServerResponse) =>
      response
        .setHeader('Access-Control-Allow-Origin', '*')
        .end(typeof body === 'string' ? body : JSON.stringify(body)),
    );
  return { ...server, cases };
}

async function goodCases(issuer: string, keys: readonly SigningPair[]): Promise<Case[]> {
  const byAlg = new Map(keys.map((key) => [key.alg, key]));
  const good = async (
    dialect: Case['dialect'],
    alg: string,
    claims: object,
    header: object,
  ): Promise<Case> => {
    const key = byAlg.get(alg) as SigningPair;
    const token = await sign(key, { ...goodClaims(issuer), ...claims }, header);
    return { name: `${dialect} ${alg}`, dialect, token, expected: 'good' };
  };
  const nbf = Math.floor(Date.now() / 1000);
  return Promise.all([
    ...['ES256', 'RS256', 'PS256', 'EdDSA'].map((alg) => good('standard', alg, {}, {})),
    good('trelica', 'RS256', { nbf, scope: ['invoices.read'] }, { typ: undefined }),
    good(
      'tilia',
      'RS512',
      { scopes: 'invoices.read', iss: undefined, aud: undefined },
      { typ: 'JWT', kid: undefined },
    ),
  ]);
}

async function badCases(issuer: string, key: SigningPair): Promise<Case[]> {
  const claims = goodClaims(issuer);
  const good = await sign(key, claims);
  const [header = '', payload = '', signature = ''] = good.split('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hmac = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: key.kid })}.${payload}`;
  const forged = createHmac('sha256', JSON.stringify(key.jwk)).update(hmac).digest('base64url');
  const other = signature.startsWith('A') ? 'B' : 'A';
  const stranger = await newKey('ES256', 'nobody');
  const of = (name: string, expected: string, token: string): Case => ({
    name,
    dialect: 'standard',
    token,
    expected,
  });
  return [
    of('another payload', 'signature_wrong', `${header}.${encode({ ...claims, sub: 'admin' })}.${signature}`),
    of('another letter', 'signature_wrong', `${header}.${payload}.${other}${signature.slice(1)}`),
    of('a signature too short', 'signature_wrong', `${header}.${payload}.AAAA`),
    of('the key of somebody else', 'signature_wrong', await sign({ ...stranger, kid: key.kid }, claims)),
    of('an unknown key', 'key_unknown', await sign(stranger, claims)),
    of('none', 'token_malformed', `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`),
    of('HMAC with the public key', 'algorithm_refused', `${hmac}.${forged}`),
    of('an ID token', 'type_refused', await sign(key, claims, { typ: 'JWT' })),
    of('padding', 'token_malformed', `${good}=`),
    of(
      'a letter that is none of ASCII',
      'token_malformed',
      `${header}.${payload}.\u0141${signature.slice(1)}`,
    ),
    of('over', 'token_expired', await sign(key, { ...claims, exp: Number(claims.iat) - 60 })),
    of('another audience', 'audience_wrong', await sign(key, { ...claims, aud: 'https://other.example' })),
    of('another issuer', 'issuer_wrong', await sign(key, { ...claims, iss: 'https://other.example' })),
    of('bound to a key', 'token_bound', await sign(key, { ...claims, cnf: { jkt: 'a' } })),
    of('bound in a way that is not known', 'token_bound', await sign(key, { ...claims, cnf: { kid: 'a' } })),
    of('revoked', 'token_revoked', await sign(key, { ...claims, jti: 'revoked' })),
  ];
}
