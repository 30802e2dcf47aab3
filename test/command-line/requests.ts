// Requests to a server in another process: tokens, introspection, and what fetch would not send.

import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { basic, post } from '../support/server.ts';

export interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
}

/** The answer to a request for a token: its status, and the members of its body. */
export async function requestToken(
  token_endpoint: string,
  { client_id, client_secret }: Credentials,
  form: Record<string, string> = {},
): Promise<{ status: number; access_token: string; scope?: string; error?: string }> {
  const credentials = basic(client_id, client_secret);
  const response = await post(token_endpoint, { grant_type: 'client_credentials', ...form }, credentials);
  return { status: response.status, ...((await response.json()) as { access_token: string }) };
}

/** Whether introspection calls a token active, to a client that may know of it. */
export async function isActive(
  introspection_endpoint: string,
  { client_id, client_secret }: Credentials,
  token: string,
): Promise<boolean> {
  const response = await post(introspection_endpoint, { token }, basic(client_id, client_secret));
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return ((await response.json()) as { active: boolean }).active;
}

/** The claims of a token that a published key has signed; throws where none has. */
export async function verified(jwks_uri: string, token: string): Promise<JWTPayload> {
  const jwks = (await (await fetch(jwks_uri)).json()) as JSONWebKeySet;
  return (await jwtVerify(token, createLocalJWKSet(jwks))).payload;
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  /** The certificate to trust, in PEM. */
  readonly ca?: string;
  /** A form to POST; without it the request is a GET. */
  readonly form?: Readonly<Record<string, string>>;
}

/** One request on a connection of its own, with any Host that one likes. */
export function ask(url: string, { headers = {}, ca, form }: Asked = {}) {
  const body = form && new URLSearchParams(form).toString();
  const options = {
    agent: false,
    method: form ? 'POST' : 'GET',
    ...(ca !== undefined && { ca }),
    headers: {
      ...(body !== undefined && {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(body.length),
      }),
      ...headers,
    },
  };
  return new Promise<{ status: number; json: Record<string, unknown> }>((resolve, reject) => {
    const request = (url.startsWith('https:') ? overHttps : overHttp)(url, options, async (response) => {
      const text = (await response.toArray()).join('');
      resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) });
    });
    request.on('error', reject).end(body);
  });
}
