// An app by oauth4webapi: each function makes a request and has the library judge its answer.

import * as oauth from 'oauth4webapi';
import { redirect_uri, scope } from './code-flow.ts';

const insecure = { [oauth.allowInsecureRequests]: true };

export interface App {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly auth: oauth.ClientAuth;
  readonly callback: string;
}

export async function makeApp(
  issuer: string,
  client: oauth.Client,
  auth: oauth.ClientAuth,
  callback = redirect_uri,
): Promise<App> {
  const response = await oauth.discoveryRequest(new URL(issuer), insecure);
  return { as: await oauth.processDiscoveryResponse(new URL(issuer), response), client, auth, callback };
}

/** An authorization request; `redeem` takes the answer to it, and judges all that comes of it. */
export async function ask(app: App, pkce: boolean, more: Record<string, string> = {}) {
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const verifier = pkce ? oauth.generateRandomCodeVerifier() : undefined;
  const url = new URL(app.as.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: app.client.client_id,
    redirect_uri: app.callback,
    response_type: 'code',
    scope,
    state,
    nonce,
    ...(verifier !== undefined && {
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }),
    ...more,
  }).toString();
  const redeem = async (answer: URL | URLSearchParams, maxAge = 600) =>
    redeemCode(app, oauth.validateAuthResponse(app.as, app.client, answer, state), verifier, nonce, maxAge);
  return { url: url.href, redeem };
}

async function redeemCode(
  { as, client, auth, callback }: App,
  parameters: URLSearchParams,
  verifier: string | undefined,
  expectedNonce: string,
  maxAge: number,
) {
  const pkce = verifier ?? oauth.nopkce;
  const sent = oauth.authorizationCodeGrantRequest(as, client, auth, parameters, callback, pkce, insecure);
  const response = await sent;
  const checks = { expectedNonce, maxAge, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, checks);
  await oauth.validateApplicationLevelSignature(as, response, insecure);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  if (claims === undefined) throw new Error('no ID token');
  return { ...tokens, claims };
}

export async function refresh({ as, client, auth }: App, refresh_token = '', additionalParameters = {}) {
  const options = { ...insecure, additionalParameters };
  const response = await oauth.refreshTokenGrantRequest(as, client, auth, refresh_token, options);
  return oauth.processRefreshTokenResponse(as, client, response);
}

export async function introspect({ as, client, auth }: App, token: string) {
  const response = await oauth.introspectionRequest(as, client, auth, token, insecure);
  return oauth.processIntrospectionResponse(as, client, response);
}

export async function revoke({ as, client, auth }: App, token: string) {
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, insecure));
}

export async function userinfo({ as, client }: App, access_token: string, sub: string) {
  const response = await oauth.userInfoRequest(as, client, access_token, insecure);
  return oauth.processUserInfoResponse(as, client, sub, response);
}
