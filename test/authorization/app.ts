// An app as its makers would write it: sends users to be authorized, redeems codes, refreshes (RFC 6749 §4.1, §6).

import type { Client } from '@tessera-oauth/core';
import { issuerOf, urlOf } from '../support/endpoints.ts';
import type { Registration } from '../support/registration.ts';
import { post, type TestServer } from '../support/server.ts';
import { authorizationUrl, authorize, pkce, type TestUser, type UserAgent } from '../support/user-agent.ts';

export const callback = 'https://app.example/callback';
const scopes = ['read', 'write', 'openid', 'profile', 'email', 'offline_access'];

/** By name; of one that is undefined, nothing is sent. */
export type Form = Readonly<Record<string, string | undefined>>;

/** The members of an answer, whatever it is: those of the other kind are undefined. */
export interface TokenAnswer {
  readonly status: number;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly scope: string;
  readonly error: string;
}

export interface App {
  readonly client: Client;
  readonly client_id: string;
  readonly client_secret: string;
  /** For all of its requests, so that any of them fits any code. */
  readonly pkce: ReturnType<typeof pkce>;
  /** A request that is in order, but for `parameters`. */
  url(parameters?: Form): string;
  /** Sends the user; gives the code that comes back. */
  code(agent: UserAgent, user: TestUser, parameters?: Form): Promise<string>;
  token(form: Form): Promise<TokenAnswer>;
  redeem(code: string, form?: Form): Promise<TokenAnswer>;
  refresh(refresh_token: string, form?: Form): Promise<TokenAnswer>;
  revoke(token: string): Promise<Response>;
  introspect(token: string): Promise<Record<string, unknown>>;
}

const present = (form: Form): Record<string, string> =>
  Object.fromEntries(
    Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Registers a confidential app that may ask for `scopes`, unless told otherwise. */
export async function createApp(
  server: TestServer,
  issuer: string,
  registration: Registration = {},
): Promise<App> {
  const registered = await server.register(issuer, {
    redirect_uris: [callback],
    scope: scopes,
    ...registration,
  });
  const { client_id, client_secret } = registered;
  const redirect_uri = registered.client.redirect_uris[0];
  const proof = pkce();
  const { code_verifier, code_challenge, code_challenge_method } = proof;
  const credentials = { client_id, ...(client_secret !== '' && { client_secret }) };
  const url = (parameters: Form = {}) => {
    const usual = { client_id, redirect_uri, scope: 'read offline_access', state: 'a state' };
    const request = { ...usual, code_challenge, code_challenge_method, ...parameters };
    const made = new URL(authorizationUrl(issuerOf(server, issuer), present(request)));
    for (const [name, value] of Object.entries(parameters))
      if (value === undefined) made.searchParams.delete(name);
    return made.toString();
  };
  const token = async (form: Form) => {
    const response = await post(urlOf(server, issuer, 'token'), { ...credentials, ...present(form) });
    return { status: response.status, ...((await response.json()) as object) } as TokenAnswer;
  };
  return {
    ...registered,
    pkce: proof,
    url,
    async code(agent, user, parameters) {
      const answer = await authorize(agent, url(parameters), user);
      const code = answer.searchParams.get('code');
      if (code === null) throw new Error(`no code: ${answer}`);
      return code;
    },
    token,
    redeem: (code, form) =>
      token({ grant_type: 'authorization_code', code, redirect_uri, code_verifier, ...form }),
    refresh: (refresh_token, form) => token({ grant_type: 'refresh_token', refresh_token, ...form }),
    revoke: (text) => post(urlOf(server, issuer, 'revocation'), { ...credentials, token: text }),
    async introspect(text) {
      const response = await post(urlOf(server, issuer, 'introspection'), { ...credentials, token: text });
      return (await response.json()) as Record<string, unknown>;
    },
  };
}

/** Why the last request was refused, as the log has it. */
export const lastReason = ({ log }: TestServer): unknown =>
  log.findLast(({ msg }) => msg === 'refused')?.reason;
