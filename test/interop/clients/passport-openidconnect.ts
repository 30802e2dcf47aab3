// passport-openidconnect, which has neither PKCE nor discovery.

import { randomBytes } from 'node:crypto';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import Strategy from 'passport-openidconnect';
import type { InteropClient } from './client.ts';

type Done = (error: unknown, user: object) => void;

export const passportOpenidconnect: InteropClient = {
  name: 'passport-openidconnect',
  callback: '/callback',
  pkce: false,
  async start({ issuer, client_id, client_secret, redirect_uri }) {
    const published = await fetch(`${issuer}/.well-known/openid-configuration`);
    const metadata = (await published.json()) as Record<string, string>;
    const own = new passport.Passport();
    own.use(
      new Strategy(
        {
          issuer,
          authorizationURL: metadata.authorization_endpoint,
          tokenURL: metadata.token_endpoint,
          userInfoURL: metadata.userinfo_endpoint,
          clientID: client_id,
          clientSecret: client_secret,
          callbackURL: redirect_uri,
          scope: ['profile', 'email'],
        },
        (_issuer: string, profile: { id: string }, done: Done) => done(null, { sub: profile.id }),
      ),
    );
    own.serializeUser((user: object, done: Done) => done(null, user));
    own.deserializeUser((user: object, done: Done) => done(null, user));
    const app = express();
    app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }));
    app.use(own.session());
    app.get('/login', own.authenticate('openidconnect'));
    app.get('/callback', own.authenticate('openidconnect', { successRedirect: '/me' }));
    app.get('/me', (req, res) => void res.json('user' in req ? req.user : null));
    return app;
  },
};
