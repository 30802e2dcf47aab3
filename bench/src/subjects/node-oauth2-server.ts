// @node-oauth/oauth2-server on express, with a model in memory and the access token signed by jose.

import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import OAuth2Server from '@node-oauth/oauth2-server';
import express from 'express';
import { SignJWT } from 'jose';
import { AUDIENCE, algFromArgv, LIFETIME_SECONDS, listen, makeClient, makeKey, ready } from './common.ts';

const alg = algFromArgv();
const { kid, key, jwks } = await makeKey(alg);
const registered = makeClient();
const digest = (secret: string) => createHash('sha256').update(secret).digest();
const client: OAuth2Server.Client = { id: registered.client_id, grants: ['client_credentials'] };
const secretDigest = digest(registered.client_secret);
const allowed = new Set(registered.scope.split(' '));
let issuer = '';

const model: OAuth2Server.ClientCredentialsModel = {
  async getClient(id, secret) {
    return id === client.id && timingSafeEqual(digest(secret), secretDigest) ? client : false;
  },
  async getUserFromClient(owner) {
    return { id: owner.id };
  },
  async validateScope(_user, _client, scope) {
    return scope?.every((name) => allowed.has(name)) ? scope : false;
  },
  async generateAccessToken(owner, _user, scope) {
    return new SignJWT({ client_id: owner.id, scope: scope.join(' ') })
      .setProtectedHeader({ alg, typ: 'at+jwt', kid })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setSubject(owner.id)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .setJti(randomUUID())
      .sign(key);
  },
  // A JWT needs no record of itself, so nothing is stored.
  async saveToken(token, owner, user) {
    return { ...token, client: owner, user };
  },
  async getAccessToken() {
    return false;
  },
};

const oauth = new OAuth2Server({ model, accessTokenLifetime: LIFETIME_SECONDS });
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/token', express.urlencoded({ extended: false }), async (req, res) => {
  const response = new OAuth2Server.Response(res);
  try {
    await oauth.token(new OAuth2Server.Request(req), response);
  } catch {
    // The library has put the error into the response.
  }
  res
    .status(response.status ?? 500)
    .set(response.headers)
    .json(response.body);
});

const server = createServer(app);
issuer = `http://127.0.0.1:${await listen(server)}`;
ready({ token_endpoint: `${issuer}/token`, ...registered, jwks });
