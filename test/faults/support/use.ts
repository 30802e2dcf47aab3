// A server in use: an app at an issuer of each dialect, a user who has allowed them something, and what they were given.

import type { Issuer } from '@tessera-oauth/core';
import { registerClient } from '../../../packages/server/src/admin/clients.ts';
import { registerUser } from '../../../packages/server/src/admin/users.ts';
import { createScope } from '../../../packages/server/src/store/tables/scopes.ts';
import {
  authorizationUrl,
  authorize,
  pkce,
  type TestUser,
  type UserAgent,
} from '../../support/user-agent.ts';
import type { Tessera } from './folder.ts';

export const issuers = [
  { name: 'standard', location: '/', dialect: 'standard', resources: ['https://api.example.com'] },
  { name: 'trelica', location: '/trelica', dialect: 'trelica' },
  { name: 'tilia', location: '/tilia', dialect: 'tilia' },
];
export const redirect_uri = 'https://app.example/callback';
const scope = ['read', 'openid', 'offline_access', 'write_user_tokens'];

export interface App {
  readonly issuer: Issuer;
  readonly client_id: string;
  readonly client_secret: string;
}

/** Registers an app at each issuer, or at those of a name; its secret is `chosen`, where that is given. */
export const registerApps = (
  server: Tessera,
  { at, chosen }: { readonly at?: string; readonly chosen?: string } = {},
): Promise<App[]> =>
  server.asOperator(async ({ admin, loadIssuers }) => {
    const apps: App[] = [];
    for (const issuer of await loadIssuers(server.origin)) {
      if (at !== undefined && issuer.name !== at) continue;
      for (const name of scope) await createScope(admin.db, issuer.name, name, '', Date.now());
      const users = issuer.dialect.paths.authorization !== undefined;
      const { client, client_secret } = await registerClient(admin, issuer.name, {
        client_name: 'An app',
        owner: 'Somebody',
        introspection: 'any',
        secret: chosen === undefined ? {} : { chosen },
        scope,
        ...(users && { redirect_uris: [redirect_uri] }),
      });
      apps.push({ issuer, client_id: client.client_id, client_secret: client_secret ?? chosen ?? '' });
    }
    return apps;
  });

export const createUser = (server: Tessera, login: string): Promise<TestUser> =>
  server.asOperator(async ({ admin }) => {
    const { user, password } = await registerUser(admin, { login, name: 'Ann Example' });
    return { id: user.id, login, password: password ?? '' };
  });

/** POSTs a form with the app's credentials in it. */
export const ask = (
  { issuer, client_id, client_secret }: App,
  endpoint: 'token' | 'introspection' | 'revocation',
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(issuer.issuer + issuer.dialect.paths[endpoint], {
    method: 'POST',
    headers,
    body: new URLSearchParams({ client_id, client_secret, ...form }),
  });

export type Tokens = Readonly<Partial<Record<'access_token' | 'refresh_token' | 'id_token', string>>>;

/** The tokens of an answer; fails where there are none. */
export async function tokensOf(response: Response | Promise<Response>): Promise<Tokens> {
  const answer = await response;
  if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Tokens;
}

export const clientCredentials = (app: App, headers?: Readonly<Record<string, string>>): Promise<Tokens> =>
  tokensOf(ask(app, 'token', { grant_type: 'client_credentials', scope: 'read write_user_tokens' }, headers));

/** A code that has not been redeemed, as the form that redeems it. */
export async function codeOf(app: App, agent: UserAgent, user: TestUser): Promise<Record<string, string>> {
  const { code_verifier, ...challenge } = pkce();
  const request = { client_id: app.client_id, redirect_uri, scope: 'openid read offline_access' };
  const answer = await authorize(agent, authorizationUrl(app.issuer, { ...request, ...challenge }), user);
  const code = answer.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${answer}`);
  return { grant_type: 'authorization_code', code, redirect_uri, code_verifier };
}

export const hasUsers = ({ issuer }: App): boolean => issuer.dialect.paths.authorization !== undefined;
