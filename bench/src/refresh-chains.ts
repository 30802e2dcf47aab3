// Makes the grants that are refreshed, as an app gets them: a user signs in and allows, and the code is redeemed.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import { authorize, pkce, UserAgent } from '../../test/support/user-agent.ts';
import { FORM } from './check.ts';
import type { Server } from './processes.ts';
import { basic, text } from './subjects.ts';

/** Where tokens are refreshed, and by whom. */
export type RefreshTarget = { url: string; authorization: string };

export type Grants = {
  target: RefreshTarget;
  /** Gives the refresh token of a new grant. */
  make: () => Promise<string>;
  /** Gives the next one. */
  refresh: (refresh_token: string) => Promise<string>;
};

export function grantsOf({ line }: Server): Grants {
  const of = (from: Record<string, unknown>, key: string) => text(from, key, 'tessera');
  const issuer: Record<string, unknown> = Object(Object(line.issuers).standard);
  const app: Record<string, unknown> = Object(issuer.app);
  const client_id = of(app, 'client_id');
  const redirect_uri = String(Object(app.redirect_uris)[0]);
  // Without openid: one signature for each refresh, like the other subjects.
  const scope = `${of(issuer, 'scope').split(' ').slice(0, 2).join(' ')} offline_access`;
  const user = Object(line.user);
  const agent = new UserAgent();
  const target = {
    url: of(issuer, 'token_endpoint'),
    authorization: basic(client_id, of(app, 'client_secret')),
  };
  const keys = createRemoteJWKSet(new URL(of(issuer, 'jwks_uri')));
  const request = async (form: Record<string, string>) => {
    const tokens = await requestTokens(target, form);
    await jwtVerify(tokens.access_token, keys, { algorithms: ['ES256'] });
    return tokens.refresh_token;
  };
  const make = async () => {
    const { code_verifier, ...challenge } = pkce();
    const url = new URL(of(issuer, 'authorization_endpoint'));
    const wanted = { response_type: 'code', client_id, redirect_uri, scope, ...challenge };
    url.search = new URLSearchParams(wanted).toString();
    const code = (await authorize(agent, url.toString(), user)).searchParams.get('code') ?? '';
    return request({ grant_type: 'authorization_code', code, redirect_uri, code_verifier });
  };
  const refresh = (refresh_token: string) => request({ grant_type: 'refresh_token', refresh_token });
  return { target, make, refresh };
}

async function requestTokens(target: RefreshTarget, form: Record<string, string>) {
  const response = await fetch(target.url, {
    method: 'POST',
    headers: { authorization: target.authorization, 'content-type': FORM },
    body: new URLSearchParams(form).toString(),
    signal: AbortSignal.timeout(5_000),
  });
  const { access_token, refresh_token } = Object(await response.json());
  if (response.status !== 200 || typeof access_token !== 'string' || typeof refresh_token !== 'string')
    throw new Error(
      `tessera answered a ${form.grant_type} request with status ${response.status} or no tokens`,
    );
  return { access_token, refresh_token };
}
