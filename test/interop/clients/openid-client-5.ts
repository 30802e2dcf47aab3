// openid-client 5, which many programs still have.

import { generators, Issuer } from 'openid-client-5';
import { type InteropClient, scope, threeRoutes } from './client.ts';

export const openidClient5: InteropClient = {
  name: 'openid-client 5',
  callback: '/callback',
  pkce: true,
  async start({ issuer, client_id, client_secret, redirect_uri, origin }) {
    const { Client } = await Issuer.discover(issuer);
    const client = new Client({ client_id, client_secret, redirect_uris: [redirect_uri] });
    const [state, nonce, code_verifier] = [generators.state(), generators.nonce(), generators.codeVerifier()];
    const code_challenge = generators.codeChallenge(code_verifier);
    const login = async () =>
      client.authorizationUrl({ scope, state, nonce, code_challenge, code_challenge_method: 'S256' });
    const finish = async (answer: URL) => {
      const tokens = await client.callback(redirect_uri, client.callbackParams(answer.href), {
        state,
        nonce,
        code_verifier,
      });
      const again = await client.refresh(tokens);
      const { sub } = await client.userinfo(again);
      await client.revoke(again.refresh_token ?? '');
      return { sub };
    };
    return threeRoutes('/callback', login, finish, origin);
  },
};
