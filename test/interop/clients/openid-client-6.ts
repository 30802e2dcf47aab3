// openid-client 6.

import * as client from 'openid-client';
import { type InteropClient, scope, threeRoutes } from './client.ts';

export const openidClient6: InteropClient = {
  name: 'openid-client 6',
  callback: '/callback',
  pkce: true,
  async start({ issuer, client_id, client_secret, redirect_uri, origin }) {
    const execute = [client.allowInsecureRequests];
    const config = await client.discovery(new URL(issuer), client_id, client_secret, undefined, { execute });
    const [expectedState, expectedNonce, pkceCodeVerifier] = [
      client.randomState(),
      client.randomNonce(),
      client.randomPKCECodeVerifier(),
    ];
    const login = async () =>
      client.buildAuthorizationUrl(config, {
        redirect_uri,
        scope,
        state: expectedState,
        nonce: expectedNonce,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      }).href;
    const finish = async (answer: URL) => {
      const checks = { expectedState, expectedNonce, pkceCodeVerifier, idTokenExpected: true };
      const tokens = await client.authorizationCodeGrant(config, answer, checks);
      const sub = tokens.claims()?.sub ?? '';
      const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
      await client.fetchUserInfo(config, again.access_token, sub);
      await client.tokenRevocation(config, again.refresh_token ?? '');
      return { sub };
    };
    return threeRoutes('/callback', login, finish, origin);
  },
};
