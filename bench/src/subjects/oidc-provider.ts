// oidc-provider, set up to issue JWT access tokens for client_credentials and to store nothing.

import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { AUDIENCE, algFromArgv, LIFETIME_SECONDS, listen, makeClient, makeKey, ready } from './common.ts';

const alg = algFromArgv();
const { privateJwk, jwks } = await makeKey(alg);
const client = makeClient();

// A JWT access token is never handed to the adapter and the client is static: nothing here is called.
const nothing = async () => undefined;
const adapter = () => ({
  upsert: nothing,
  find: nothing,
  findByUid: nothing,
  findByUserCode: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
});

const resourceServer = {
  audience: AUDIENCE,
  scope: client.scope,
  accessTokenTTL: LIFETIME_SECONDS,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg } },
};

const server = createServer();
const issuer = `http://127.0.0.1:${await listen(server)}`;
const provider = new Provider(issuer, {
  adapter,
  jwks: { keys: [privateJwk] },
  scopes: client.scope.split(' '),
  clientAuthMethods: ['client_secret_basic'],
  clients: [
    {
      client_id: client.client_id,
      client_secret: client.client_secret,
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: alg,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      scope: client.scope,
    },
  ],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      getResourceServerInfo: () => resourceServer,
    },
  },
});
server.on('request', provider.callback());
ready({ token_endpoint: `${issuer}/token`, ...client, jwks });
