// What the tests of the code flow share: an issuer for each signing algorithm, an app, and a browser that is signed in
// (OpenID Connect Core 1.0 §3.1).

import { createHash } from 'node:crypto';
import { startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';

export interface Kind {
  readonly name: string;
  /** Of the issuer, below the origin. */
  readonly path: string;
  /** Of ID tokens; the issuer's own, but for `standard` and its clients by default. */
  readonly alg: 'RS256' | 'ES256' | 'PS256' | 'EdDSA';
  readonly pkce: boolean;
}

const others = (['ES256', 'PS256', 'EdDSA'] as const).map((alg) => ({ name: alg.toLowerCase(), alg }));

/** A client by default, one for each other algorithm of the standard dialect, and Trelica's issuer, whose confidential clients need no PKCE. */
export const kinds: readonly Kind[] = [
  { name: 'standard', path: '', alg: 'RS256', pkce: true },
  ...others.map(({ name, alg }) => ({ name, path: `/${name}`, alg, pkce: true })),
  { name: 'trelica', path: '/trelica', alg: 'RS256', pkce: false },
];

export const redirect_uri = 'https://app.example/callback';
export const post_logout_redirect_uri = 'https://app.example/bye';
export const scope = 'read write openid profile email offline_access';

export interface World {
  readonly server: TestServer;
  readonly user: TestUser;
  /** Keeps its session from test to test: it signs in once. */
  readonly agent: UserAgent;
}

export async function startWorld(): Promise<World> {
  const more = others.map(({ name, alg }) => ({
    name,
    location: `/${name}`,
    dialect: 'standard',
    signing_alg: alg,
  }));
  const server = await startTestServer({ issuers: [...threeIssuers, ...more] });
  return { server, user: await createTestUser(server), agent: new UserAgent() };
}

/** What a client says of its ID tokens: nothing where the default will do. */
export const idTokens = ({ alg }: Pick<Kind, 'alg'>) =>
  alg === 'RS256' ? {} : { id_token_signed_response_alg: alg };

export const registerApp = ({ server }: World, { name, ...kind }: Kind) =>
  server.register(name, {
    ...idTokens(kind),
    redirect_uris: [redirect_uri],
    post_logout_redirect_uris: [post_logout_redirect_uri],
    scope: scope.split(' '),
  });

/** `at_hash` as a client computes it (OpenID Connect Core 1.0 §3.1.3.6); Ed25519 hashes with SHA-512. */
export function atHash(access_token: string, alg: string): string {
  const digest = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
    .update(access_token)
    .digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
