// express-openid-connect, whose middleware has its own routes.

import { randomBytes } from 'node:crypto';
import express from 'express';
import openidConnect from 'express-openid-connect';
import { type InteropClient, scope } from './client.ts';

export const expressOpenidConnect: InteropClient = {
  name: 'express-openid-connect',
  callback: '/callback',
  pkce: true,
  start({ issuer, client_id, client_secret, origin }) {
    const app = express();
    app.use(
      openidConnect.auth({
        issuerBaseURL: issuer,
        baseURL: origin,
        clientID: client_id,
        clientSecret: client_secret,
        secret: randomBytes(32).toString('hex'),
        authRequired: false,
        authorizationParams: { response_type: 'code', response_mode: 'query', scope },
      }),
    );
    app.get('/me', (req, res) => void res.json(req.oidc.user));
    return app;
  },
};
