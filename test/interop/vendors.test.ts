// Vendors' own client libraries, unmodified, against a mock of the vendor. Each is told its service's address in the way
// that it has for that.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfidentialClientApplication, type NetworkRequestOptions } from '@azure/msal-node';

import { Octokit } from '@octokit/core';
import { OAuthApp } from '@octokit/oauth-app';
import { type Installation, InstallProvider } from '@slack/oauth';
import { CodeChallengeMethod, OAuth2Client } from 'google-auth-library';
import { afterEach, expect, test } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../packages/server/src/mock/index.ts';

let mock: Mock;
afterEach(() => mock.close());

const redirect_uri = 'https://app.example/cb';
const client = { client_id: 'A1', client_secret: 'a-secret-of-the-app', redirect_uris: [redirect_uri] };
const start = async (dialect: string, options: MockOptions = {}) => {
  mock = await startMock({ dialect, clients: [client], ...options });
};

/** The browser of a user who allows everything: where the vendor sends it back to. */
async function follow(url: string): Promise<URL> {
  const answer = await fetch(url, { redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '', url);
}

test('@slack/oauth', async () => {
  const app = createServer();
  await once(app.listen(0, '127.0.0.1'), 'listening');
  const redirectUri = `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`;
  await start('slack', { clients: [{ ...client, redirect_uris: [redirectUri] }] });
  const stored: Installation[] = [];
  // Slack's API beside its token service: an installation asks it whose the token is.
  const api = (async (input, init) =>
    String(input).endsWith('/auth.test')
      ? Response.json({ ok: true, bot_id: 'B1', url: 'https://slack.example/' })
      : fetch(input, init)) satisfies typeof fetch;
  const installer = new InstallProvider({
    clientId: client.client_id,
    clientSecret: client.client_secret,
    stateSecret: 'of the state',
    stateVerification: false,
    authorizationUrl: `${mock.url}/oauth/v2/authorize`,
    clientOptions: { slackApiUrl: `${mock.url}/api/`, fetch: api },
    installationStore: {
      storeInstallation: async (installation) => void stored.push(installation as Installation),
      fetchInstallation: async () => stored[0] as Installation<'v2', false>,
    },
  });
  const options = { scopes: ['commands', 'incoming-webhook'], redirectUri };
  app.on('request', (request, response) => installer.handleCallback(request, response, undefined, options));
  const back = await follow(await installer.generateInstallUrl(options, false));
  expect(await (await fetch(back)).text()).toContain('Thank you');
  expect(stored[0]?.bot).toMatchObject({ scopes: options.scopes, id: 'B1', token: expect.any(String) });
  expect(await (await fetch(back)).text()).not.toContain('Thank you');
  app.close();
});

test('@octokit/oauth-app', async () => {
  await start('github');
  const app = new OAuthApp({
    clientType: 'oauth-app',
    clientId: client.client_id,
    clientSecret: client.client_secret,
    // GitHub Enterprise Server: https://docs.github.com/enterprise-server/rest
    Octokit: Octokit.defaults({ baseUrl: `${mock.url}/api/v3` }),
  });
  const { url } = app.getWebFlowAuthorizationUrl({ scopes: ['repo', 'gist'], redirectUrl: redirect_uri });
  const code = (await follow(url)).searchParams.get('code') ?? '';
  const { authentication } = await app.createToken({ code });
  // It splits at blanks, and GitHub joins by commas.
  expect(authentication).toMatchObject({ tokenType: 'oauth', scopes: ['repo,gist'] });
  expect(authentication.token.split('.')).toHaveLength(3);
  await expect(app.createToken({ code })).rejects.toThrow('The code passed is incorrect or expired.');
});

test('google-auth-library', async () => {
  await start('google');
  const app = new OAuth2Client({
    clientId: client.client_id,
    clientSecret: client.client_secret,
    redirectUri: redirect_uri,
    endpoints: {
      oauth2AuthBaseUrl: `${mock.url}/o/oauth2/v2/auth`,
      oauth2TokenUrl: mock.token_endpoint,
    },
  });
  const proof = await app.generateCodeVerifierAsync();
  const url = app.generateAuthUrl({
    access_type: 'offline',
    scope: ['openid', 'email'],
    code_challenge_method: CodeChallengeMethod.S256,
    code_challenge: proof.codeChallenge ?? '',
  });
  const code = (await follow(url)).searchParams.get('code') ?? '';
  const { tokens } = await app.getToken({ code, codeVerifier: proof.codeVerifier });
  expect(tokens).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) });
  expect(tokens.expiry_date).toBeGreaterThan(Date.now());
  app.setCredentials({ refresh_token: tokens.refresh_token ?? '' });
  const { token } = await app.getAccessToken();
  expect(token).not.toBe(tokens.access_token);
  await expect(app.getToken(code)).rejects.toThrow('invalid_grant');
});

const authority = 'https://login.example';

/** Its network: it takes no authority but one with https, which is the mock under another name. */
async function send<T>(
  method: 'GET' | 'POST',
  url: string,
  { headers = {}, body }: NetworkRequestOptions = {},
) {
  const answer = await fetch(url.replace(authority, mock.url), {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  const read = (await answer.json()) as T;
  return { headers: Object.fromEntries(answer.headers), body: read, status: answer.status };
}

test('@azure/msal-node', async () => {
  const scopes = ['https://graph.example/.default'];
  await start('azure-v2', { scope: scopes, public_url: authority });
  const app = (clientSecret: string) =>
    new ConfidentialClientApplication({
      auth: {
        clientId: client.client_id,
        clientSecret,
        authority,
        knownAuthorities: [new URL(authority).host],
      },
      system: {
        protocolMode: 'OIDC',
        networkClient: {
          sendGetRequestAsync: (url, options) => send('GET', url, options),
          sendPostRequestAsync: (url, options) => send('POST', url, options),
        },
      },
    });
  const result = await app(client.client_secret).acquireTokenByClientCredential({ scopes });
  expect(result).toMatchObject({ tokenType: 'Bearer', accessToken: expect.any(String) });
  expect(result?.expiresOn?.getTime()).toBeGreaterThan(Date.now());
  await expect(app('wrong').acquireTokenByClientCredential({ scopes })).rejects.toThrow('invalid_client');
});
