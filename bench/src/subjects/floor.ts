// The floor: a bare node:http server that parses the form, makes one signature and writes the answer.
// It authenticates no client and logs nothing, so it is a lower bound for the work of a token endpoint.

import { KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { AUDIENCE, algFromArgv, LIFETIME_SECONDS, listen, makeClient, makeKey, ready } from './common.ts';

const alg = algFromArgv();
const { kid, key, jwks } = await makeKey(alg);
// JWS has this encoding for P-256 (RFC 7518 §3.4); RSA ignores it.
const signingKey = { key: KeyObject.from(key), dsaEncoding: 'ieee-p1363' as const };
const client = makeClient();
const header = encode({ alg, typ: 'at+jwt', kid });
let issuer = '';

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signingInput(scope: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer,
    exp: iat + LIFETIME_SECONDS,
    aud: AUDIENCE,
    sub: client.client_id,
    client_id: client.client_id,
    iat,
    jti: randomUUID(),
    scope,
  };
  return `${header}.${encode(claims)}`;
}

function answer(res: ServerResponse, input: string, signature: Buffer, scope: string): void {
  const body = JSON.stringify({
    access_token: `${input}.${signature.toString('base64url')}`,
    token_type: 'Bearer',
    expires_in: LIFETIME_SECONDS,
    scope,
  });
  res.writeHead(200, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  });
  res.end(body);
}

// Signing in the thread pool gives more tokens per second than signing inline, for RSA and for P-256 alike.
function issue(form: string, res: ServerResponse): void {
  const params = new URLSearchParams(form);
  if (params.get('grant_type') !== 'client_credentials') {
    res.writeHead(400).end();
    return;
  }
  const scope = params.get('scope') ?? client.scope;
  const input = signingInput(scope);
  sign('sha256', Buffer.from(input), signingKey, (error, signature) => {
    if (error) res.writeHead(500).end();
    else answer(res, input, signature, scope);
  });
}

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => issue(Buffer.concat(chunks).toString(), res));
});
issuer = `http://127.0.0.1:${await listen(server)}`;
ready({ token_endpoint: `${issuer}/token`, ...client, jwks });
