// oauth4webapi.

import * as oauth from 'oauth4webapi';
import { ask, makeApp, refresh, revoke, userinfo } from '../oauth4webapi-app.ts';
import { type InteropClient, threeRoutes } from './client.ts';

export const oauth4webapi: InteropClient = {
  name: 'oauth4webapi',
  callback: '/callback',
  pkce: true,
  async start({ issuer, client_id, client_secret, redirect_uri, origin }) {
    const app = await makeApp(issuer, { client_id }, oauth.ClientSecretBasic(client_secret), redirect_uri);
    const request = await ask(app, true, { scope: 'openid profile email offline_access' });
    const finish = async (answer: URL) => {
      const tokens = await request.redeem(answer);
      const { access_token, refresh_token = '' } = await refresh(app, tokens.refresh_token);
      const { sub } = await userinfo(app, access_token, tokens.claims.sub);
      await revoke(app, refresh_token);
      return { sub };
    };
    return threeRoutes('/callback', async () => request.url, finish, origin);
  },
};
