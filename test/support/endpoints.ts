// Where the dialects keep their endpoints, and a request for a token that each of them grants.

import { builtInDialects, type EndpointName } from '@tessera-oauth/core';
import { post, type TestServer } from './server.ts';

/** The built-in dialects; the test server has an issuer of each name. */
export const dialectNames = builtInDialects.map(({ name }) => name);

/** Those that know public clients. */
export const dialectsWithPublicClients = builtInDialects
  .filter(({ client_authentication }) => client_authentication.some((method) => method === 'none'))
  .map(({ name }) => name);

export interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
}

/** Grants a token in every dialect: one of them wants a scope named. */
export const clientCredentials = { grant_type: 'client_credentials', scope: 'read' };

export function issuerOf(server: TestServer, name: string) {
  const issuer = server.issuers().find((candidate) => candidate.name === name);
  if (issuer === undefined) throw new Error(`no issuer ${name}`);
  return issuer;
}

export function urlOf(server: TestServer, issuer: string, endpoint: EndpointName): string {
  const { issuer: base, dialect } = issuerOf(server, issuer);
  return base + dialect.paths[endpoint];
}

/** Asks for a token with the credentials in the body, which every dialect reads. */
export const requestToken = (
  server: TestServer,
  issuer: string,
  { client_id, client_secret }: Credentials,
  headers: Record<string, string> = {},
) => post(urlOf(server, issuer, 'token'), { ...clientCredentials, client_id, client_secret }, headers);

/** An access token; fails where there is none. */
export async function issueToken(server: TestServer, issuer: string, client: Credentials): Promise<string> {
  const response = await requestToken(server, issuer, client);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}

/** What introspection says of a token to a client that may know of it. */
export async function introspect(
  server: TestServer,
  issuer: string,
  { client_id, client_secret }: Credentials,
  token: string,
): Promise<Record<string, unknown>> {
  const form = { client_id, client_secret, token };
  const response = await post(urlOf(server, issuer, 'introspection'), form);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
