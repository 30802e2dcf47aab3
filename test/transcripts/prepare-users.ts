// What transcripts may name where users take part: one who is signed in, and codes and refresh tokens in every state.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Issuer } from '@tessera-oauth/core';
import { changeUserState } from '../../packages/server/src/admin/users.ts';
import { type App, callback, createApp, type Form } from '../authorization/app.ts';
import { post, type TestServer } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';
import type { Values } from './transcript.ts';

/** Of an issuer with an authorization endpoint; `app` is the client that the transcripts are about. */
export async function prepareUsers(server: TestServer, issuer: Issuer, app: App): Promise<Values> {
  const { name } = issuer;
  const scope = app.client.scope;
  const [user, agent] = [await createTestUser(server, `ann.${name}`), new UserAgent()];
  const another = await createApp(server, name, { scope });
  const public_app = await createApp(server, name, { scope, public: true });
  const service = await server.register(name, { scope, redirect_uris: [] });
  const usual = `${scope[0]} ${scope[1]} offline_access`;
  const proven = issuer.dialect.authorization_code?.pkce === 'required';
  const unproven: Form = { code_challenge: undefined, code_challenge_method: undefined };
  const codeOf = (from: App, parameters: Form = {}) =>
    from.code(agent, user, {
      scope: usual,
      ...(proven || from === public_app ? {} : unproven),
      ...parameters,
    });
  const code = (parameters?: Form) => codeOf(app, parameters);
  const tokens = async (parameters?: Form) =>
    app.redeem(await code(parameters), proven ? {} : { code_verifier: undefined });

  const id = () => randomBytes(16).toString('base64url');
  const { db } = server.instance.store;
  const { grantTokens } = server.instance;
  const expire = async (grant: string | undefined) => {
    const past = { code_expires_at: Date.now(), refresh_expires_at: Date.now() };
    await db
      .updateTable('grants')
      .set(past)
      .where('id', '=', grant ?? '')
      .execute();
  };
  await code();
  return {
    ...(await signedIn(server, user)),
    cookie: [...agent.cookies].map((pair) => pair.join('=')).join('; '),
    redirect_uri: encodeURIComponent(callback),
    encoded_issuer: encodeURIComponent(issuer.issuer),
    code_challenge: app.pkce.code_challenge,
    code_verifier: app.pkce.code_verifier,
    another_code_verifier: another.pkce.code_verifier,
    service_client_id: service.client_id,
    service_basic: base64(service),
    new_client_id: (await createApp(server, name, { scope })).client_id,
    public_app_id: public_app.client_id,
    public_app_verifier: public_app.pkce.code_verifier,
    code,
    code_without_offline_access: () => code({ scope: `${scope[0]}` }),
    code_with_openid: () => code({ scope: `openid ${scope[0]}`, nonce: 'n-0S6_WzA2Mj' }),
    code_with_challenge: () => code(app.pkce),
    code_of_another: () => codeOf(another),
    code_of_public_app: () => codeOf(public_app),
    unknown_code: async () => grantTokens.code(name, id()),
    redeemed_code: async () => {
      const redeemed = await code();
      await app.redeem(redeemed, proven ? {} : { code_verifier: undefined });
      return redeemed;
    },
    expired_code: async () => {
      const expired = await code();
      await expire(grantTokens.readCode(name, expired));
      return expired;
    },
    token_of_user: async () => (await tokens()).access_token,
    token_with_openid: async () => (await tokens({ scope: `openid ${scope[0]}` })).access_token,
    refresh_token: async () => (await tokens()).refresh_token,
    refresh_token_with_openid: async () =>
      (await tokens({ scope: `openid ${scope[0]} offline_access`, nonce: 'n-0S6_WzA2Mj' })).refresh_token,
    unknown_refresh_token: async () => grantTokens.refreshToken(name, id(), 1),
    refresh_token_of_another: async () => {
      const form = proven ? {} : { code_verifier: undefined };
      return (await another.redeem(await codeOf(another), form)).refresh_token;
    },
    revoked_refresh_token: async () => {
      const { refresh_token } = await tokens();
      await app.revoke(refresh_token);
      return refresh_token;
    },
    replayed_refresh_token: async () => {
      const { refresh_token } = await tokens();
      await app.refresh((await app.refresh(refresh_token)).refresh_token);
      return refresh_token;
    },
    expired_refresh_token: async () => {
      const { refresh_token } = await tokens();
      await expire(grantTokens.readRefreshToken(name, refresh_token)?.id);
      return refresh_token;
    },
  };
}

/** Of an issuer where a client gets tokens for its users: some users, and tokens of the client. */
export async function prepareUserTokens(
  server: TestServer,
  issuer: Issuer,
  client: { readonly client_id: string; readonly client_secret: string },
): Promise<Values> {
  const [user, blocked] = await Promise.all([
    createTestUser(server, `ada.${issuer.name}`, { owner: 'acme' }),
    createTestUser(server, undefined, { owner: 'acme' }),
  ]);
  await changeUserState(server.instance.admin, blocked.login, true);
  const { client_id, client_secret } = client;
  const token = async (scope: string) => {
    const form = { client_id, client_secret, grant_type: 'client_credentials', scope };
    const body = await (await post(issuer.issuer + issuer.dialect.paths.token, form)).json();
    return (body as { access_token: string }).access_token;
  };
  return {
    user_id: user.id,
    login: user.login,
    blocked_user_id: blocked.id,
    unknown_user_id: randomUUID(),
    integrator_token: () => token('write_user_tokens,user_info,read_wallet'),
    token_without_user_tokens: () => token('user_info,read_wallet'),
  };
}

/** The user, and the session that is in the database. */
export async function signedIn({ instance: { store } }: TestServer, user: TestUser): Promise<Values> {
  const sessions = store.db.selectFrom('sessions').select(['id', 'auth_time']).where('user_id', '=', user.id);
  const { id, auth_time } = await sessions.executeTakeFirstOrThrow();
  return { user_id: user.id, login: user.login, session_id: id, auth_time: String(auth_time) };
}

export const base64 = ({ client_id, client_secret }: { client_id: string; client_secret: string }) =>
  Buffer.from(`${client_id}:${client_secret}`).toString('base64');
