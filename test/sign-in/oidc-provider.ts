// oidc-provider, which nobody here wrote, on loopback: a company's own OpenID Connect provider, without pages. It
// signs in the account that is set at the moment; clients authenticate by Basic alone.

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

interface Account {
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
}

export interface OtherProvider {
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string;
  /** Who signs in from now on; undefined: the user gives up. */
  account: Account | undefined;
  /** The redirect URI can be known only after the issuer is. */
  allow(redirect_uri: string): void;
  /** Listens no more. */
  close(): Promise<void>;
}

export async function startOidcProvider(): Promise<OtherProvider> {
  let handle: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: OtherProvider = {
    issuer,
    client_id: `tessera-${randomUUID()}`,
    client_secret: randomBytes(32).toString('base64url'),
    account: undefined,
    allow(redirect_uri) {
      handle = handlerOf(provider, redirect_uri);
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
  return provider;
}

function handlerOf(of: OtherProvider, redirect_uri: string): RequestListener {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const alg = 'ES256';
  const { client_id, client_secret } = of;
  const provider = new Provider(of.issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: 'the-only-one' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    clientAuthMethods: ['client_secret_basic'],
    clients: [
      {
        client_id,
        client_secret,
        redirect_uris: [redirect_uri],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: alg,
      },
    ],
    claims: { openid: ['sub', 'amr'], profile: ['name'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    ttl: { Session: 3600, Interaction: 600, Grant: 3600, IdToken: 600, AccessToken: 600 },
    findAccount: async (_context: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ ...of.account, sub: accountId }),
    }),
  });
  const callback = provider.callback();
  return async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return callback(request, response);
    const { params } = await provider.interactionDetails(request, response);
    if (of.account === undefined) {
      const error_description = 'The user gave up.';
      return provider.interactionFinished(request, response, { error: 'access_denied', error_description });
    }
    const accountId = of.account.sub;
    const grant = new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope ?? '');
    const login = { accountId, amr: ['hwk', 'mfa'] };
    await provider.interactionFinished(request, response, {
      login,
      consent: { grantId: await grant.save() },
    });
  };
}
