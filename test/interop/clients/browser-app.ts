// An app without a server: a page on an origin of its own, whose script is a public client by oauth4webapi and calls the
// server across origins.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Listener, scope } from './client.ts';

interface BrowserApp {
  readonly issuer: string;
  readonly client_id: string;
  readonly redirect_uri: string;
}

const library = readFileSync(join(import.meta.dirname, '../../../node_modules/oauth4webapi/build/index.js'));

/** Its heading says who has signed in, or what went wrong. */
export const browserApp =
  (app: BrowserApp): Listener =>
  ({ url }, response) => {
    if (url === '/oauth4webapi.js')
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(library);
    else response.writeHead(200, { 'Content-Type': 'text/html' }).end(page(app));
  };

const page = (
  app: BrowserApp,
): string => `<!doctype html><title>App</title><h1>Signing in</h1><script type="module">
import * as oauth from './oauth4webapi.js';
const { issuer, client_id, redirect_uri } = ${JSON.stringify(app)};
const insecure = { [oauth.allowInsecureRequests]: true };
const [client, none] = [{ client_id }, oauth.None()];
async function start(as) {
  const [state, nonce, verifier] = [oauth.generateRandomState(), oauth.generateRandomNonce(), oauth.generateRandomCodeVerifier()];
  sessionStorage.setItem('asked', JSON.stringify({ state, nonce, verifier }));
  const code_challenge = await oauth.calculatePKCECodeChallenge(verifier);
  const asked = { client_id, redirect_uri, response_type: 'code', scope: ${JSON.stringify(scope)}, state, nonce, code_challenge };
  location.href = as.authorization_endpoint + '?' + new URLSearchParams({ ...asked, code_challenge_method: 'S256' });
}
async function finish(as) {
  const { state, nonce, verifier } = JSON.parse(sessionStorage.getItem('asked'));
  const code = oauth.validateAuthResponse(as, client, new URL(location.href), state);
  const answer = await oauth.authorizationCodeGrantRequest(as, client, none, code, redirect_uri, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, requireIdToken: true });
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const refreshing = await oauth.refreshTokenGrantRequest(as, client, none, tokens.refresh_token, insecure);
  const again = await oauth.processRefreshTokenResponse(as, client, refreshing);
  const asking = await oauth.userInfoRequest(as, client, again.access_token, insecure);
  const user = await oauth.processUserInfoResponse(as, client, sub, asking);
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, none, again.refresh_token, insecure));
  return user.sub;
}
try {
  const discovering = await oauth.discoveryRequest(new URL(issuer), insecure);
  const as = await oauth.processDiscoveryResponse(new URL(issuer), discovering);
  if (!location.search) await start(as);
  else document.querySelector('h1').textContent = 'User ' + await finish(as);
} catch (error) {
  document.querySelector('h1').textContent = error.stack;
}
</script>`;
