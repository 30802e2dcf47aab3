// An OpenID Connect provider that says whatever a test has it say: its claims are well signed, and any of them may be odd.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface Pretender {
  readonly issuer: string;
  /** Beside what every ID token has; undefined takes a claim away. */
  id_token: Record<string, unknown>;
  userinfo: Record<string, unknown>;
  /** What requests wait for before they are answered, by path. */
  readonly wait: Map<string, Promise<void>>;
  /** Paths of the requests so far. */
  readonly seen: string[];
  close(): void;
}

export async function startPretender(): Promise<Pretender> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'one' };
  const answers: Record<string, (request: IncomingMessage) => Promise<object>> = {
    '/.well-known/openid-configuration': async () => ({
      issuer: pretender.issuer,
      authorization_endpoint: `${pretender.issuer}/authorize`,
      token_endpoint: `${pretender.issuer}/token`,
      userinfo_endpoint: `${pretender.issuer}/userinfo`,
      jwks_uri: `${pretender.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    }),
    '/jwks': async () => ({ keys: [jwk] }),
    // The code is the nonce.
    async '/token'(request) {
      const nonce = new URLSearchParams(await text(request)).get('code');
      const claims = { sub: 'ann', nonce, ...pretender.id_token };
      const id_token = await new SignJWT(JSON.parse(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setIssuer(pretender.issuer)
        .setAudience('x')
        .setIssuedAt()
        .setExpirationTime('5 minutes')
        .sign(privateKey);
      return { access_token: 'x', token_type: 'Bearer', id_token };
    },
    '/userinfo': async () => ({ sub: pretender.id_token.sub ?? 'ann', ...pretender.userinfo }),
  };
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    pretender.seen.push(path);
    await pretender.wait.get(path);
    const body = await answers[path]?.(request);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const pretender: Pretender = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    id_token: {},
    userinfo: {},
    wait: new Map(),
    seen: [],
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return pretender;
}
