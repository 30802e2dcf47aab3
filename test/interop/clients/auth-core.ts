// @auth/core, on which Auth.js is built for each framework.

import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { InteropClient } from './client.ts';

const require = createRequire(import.meta.url);
/** Not imported: its types would bring those of browsers into all of this repository. */
const { Auth, skipCSRFCheck } = require('@auth/core') as {
  readonly Auth: (request: Request, config: object) => Promise<Response>;
  readonly skipCSRFCheck: symbol;
};
interface Account {
  readonly token: object & { readonly account?: string };
  readonly account?: { readonly providerAccountId: string };
}

export const authCore: InteropClient = {
  name: '@auth/core',
  callback: '/auth/callback/tessera',
  pkce: true,
  start({ issuer, client_id, client_secret, origin }) {
    const config = {
      secret: randomBytes(32).toString('hex'),
      basePath: '/auth',
      trustHost: true,
      skipCSRFCheck,
      providers: [
        {
          id: 'tessera',
          name: 'Tessera',
          type: 'oidc',
          issuer,
          clientId: client_id,
          clientSecret: client_secret,
        },
      ],
      callbacks: {
        jwt: ({ token, account }: Account) => ({
          ...token,
          account: account?.providerAccountId ?? token.account,
        }),
        session: ({ session, token }: Account & { readonly session: object }) => ({
          ...session,
          sub: token.account,
        }),
      },
    };
    const routes: Record<string, string> = { '/login': '/auth/signin/tessera', '/me': '/auth/session' };
    return async ({ url = '/', headers }, response) => {
      const request = new Request(new URL(routes[url] ?? url, origin), {
        method: url === '/login' ? 'POST' : 'GET',
        headers: { cookie: headers.cookie ?? '' },
      });
      const answer = await Auth(request, config);
      response.setHeaders(answer.headers);
      response.writeHead(answer.status).end(await answer.text());
    };
  },
};
