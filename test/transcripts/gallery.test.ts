// Plays the transcripts of the gallery: what documented clients of each vendor send, to an issuer that speaks its dialect.

import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Issuer } from '@tessera-oauth/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { galleryNames } from '../../packages/server/src/config/gallery.ts';
import { eventually } from '../support/eventually.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { authorize, createTestUser, UserAgent } from '../support/user-agent.ts';
import { play } from './play.ts';
import { base64, signedIn } from './prepare-users.ts';
import { bodyOf, exchange, fill, parseTranscript, type Values } from './transcript.ts';

/** What the client of each vendor is registered for. */
const scopes: Readonly<Record<string, string>> = {
  'azure-v1': 'read',
  'azure-v2': 'https://graph.microsoft.com/.default',
  docusign: 'signature',
  github: 'repo gist',
  google: 'openid email',
  okta: 'customScope',
  plaid: 'user:read',
  salesforce: 'api refresh_token',
  shopify: 'write_orders read_customers',
  slack: 'commands incoming-webhook',
  'stripe-connect': 'read_write',
  twilio: 'messages',
  xero: 'openid offline_access accounting.transactions',
  zoom: 'user:read:admin meeting:read:admin',
};
const scopesOf = (vendor: string): string[] => scopes[vendor]?.split(' ') ?? [];

let server: TestServer;
const values: Record<string, Values> = {};

beforeAll(async () => {
  const issuers = galleryNames.map((name) => ({ name, location: `/${name}`, dialect: name }));
  const resources = ['https://service.contoso.com/'];
  server = await startTestServer({
    issuers: issuers.map((issuer) => (issuer.name === 'azure-v1' ? { ...issuer, resources } : issuer)),
  });
  for (const issuer of server.issuers()) values[issuer.name] = await prepare(issuer);
  await eventually(() =>
    server.issuers().every((issuer) => scopesOf(issuer.name).every((name) => issuer.scopes.includes(name))),
  );
});
afterAll(() => server.close());

const read = async (file: string) => parseTranscript(await readFile(join(import.meta.dirname, file), 'utf8'));

for (const vendor of galleryNames) {
  const files = await readdir(join(import.meta.dirname, vendor));
  for (const file of files)
    test(`${vendor}/${file}`, async () => play(server.port, await read(`${vendor}/${file}`), values[vendor]));

  if (files.includes('unknown-client.http'))
    test(`${vendor}: an unknown client is answered like a wrong secret`, async () => {
      const { response } = await read(`${vendor}/wrong-secret.http`);
      expect((await read(`${vendor}/unknown-client.http`)).response).toBe(response);
    });
}

/** What the transcripts of a vendor may name: a client, and where users take part one who has allowed it everything. */
async function prepare(served: Issuer): Promise<Values> {
  const { name, issuer, dialect } = served;
  const withUsers = dialect.paths.authorization !== undefined;
  const client = await server.register(name, {
    owner: 'acme',
    scope: scopesOf(name),
    redirect_uris: withUsers ? ['https://app.example/cb'] : [],
  });
  const { client_id, client_secret } = client;
  const known = {
    issuer,
    host: new URL(issuer).host,
    jwks_uri: issuer + dialect.paths.jwks,
    encoded_issuer: encodeURIComponent(issuer),
    client_id,
    client_secret,
    basic: base64(client),
    basic_wrong_secret: base64({ client_id, client_secret: randomUUID() }),
    basic_unknown_client: base64({ client_id: randomUUID(), client_secret }),
  };
  return withUsers ? { ...known, ...(await prepareUser(served, known)) } : known;
}

async function prepareUser({ name, issuer }: Issuer, known: Values): Promise<Values> {
  const { request } = await read(`${name}/authorize.http`).catch(() => ({ request: '' }));
  if (request === '') return {};
  const [user, agent] = [await createTestUser(server, `ann.${name}`), new UserAgent()];
  const [, target = ''] = (await fill(request, known)).split(' ');
  await authorize(agent, new URL(issuer).origin + target, user);
  const cookie = [...agent.cookies].map((pair) => pair.join('=')).join('; ');
  return {
    ...(await signedIn(server, user)),
    cookie,
    /** By the authorization request of the transcripts themselves. */
    code: async () => {
      const answer = await exchange(server.port, await fill(request, { ...known, cookie, length: '0' }));
      const [, code] = /^location: \S+[?&]code=([^&\s]+)/im.exec(answer) ?? [];
      if (code === undefined) throw new Error(`no code: ${answer}${bodyOf(answer)}`);
      return code;
    },
  };
}
