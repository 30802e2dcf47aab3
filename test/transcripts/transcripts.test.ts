// Plays the transcripts in the folders beside this file against a running server, byte for byte.

import { randomUUID } from 'node:crypto';
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Issuer } from '@tessera-oauth/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../authorization/app.ts';
import type { Credentials } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { post, startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { play } from './play.ts';
import { base64, prepareUsers, prepareUserTokens } from './prepare-users.ts';
import { parseTranscript, type Values } from './transcript.ts';

/** The vendors' are those that were seen at the services themselves; openid is added to Trelica's. */
const scopes: Record<string, string> = {
  standard: 'read write openid offline_access',
  trelica: `Apps.Read Apps.Users.Read Assets.Read Assets.Write AuditLog.Read Contracts.Read Contracts.Write People.Read
    People.Write Users.Read Workflows.Read Workflows.Runs.Read Workflows.Runs.Execute openid offline_access`,
  tilia: `delete_wallet create_nonce read_nonce delete_nonce read_payment_methods write_registrations write_user_tokens
    user_info write_invoices read_kycs write_registration_provider_data search_accounts change_accounts block_accounts
    create_wallet read_invoices read_wallet write_process_credits read_process_credits`,
};
const folders = Object.keys(scopes);
const scopesOf = (issuer: string) => (scopes[issuer] ?? scopes.tilia ?? '').split(/\s+/);

let server: TestServer;
const values: Record<string, Values> = {};

beforeAll(async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialect-'));
  const dialect = join(folder.path, 'tilia-numbers.yaml');
  await writeFile(dialect, 'extends: tilia\nname: tilia-numbers\nexpires_in: number\n');
  const own = { name: 'tilia-numbers', location: '/tilia-numbers', dialect: 'tilia-numbers' };
  server = await startTestServer({ dialects: [dialect], issuers: [...threeIssuers, own] });
  for (const issuer of server.issuers()) values[issuer.name] = await prepare(issuer);
  // The metadata names new scopes once the server has read the change.
  await eventually(() =>
    server.issuers().every((issuer) => scopesOf(issuer.name).every((name) => issuer.scopes.includes(name))),
  );
});
afterAll(() => server.close());

const read = async (file: string) => parseTranscript(await readFile(join(import.meta.dirname, file), 'utf8'));

for (const folder of folders) {
  for (const file of await readdir(join(import.meta.dirname, folder))) {
    test(`${folder}/${file}`, async () => play(server.port, await read(`${folder}/${file}`), values[folder]));
  }
}

test("a user's own dialect on top of tilia gives expires_in as a number", async () => {
  const { request, response } = await read('tilia/sample.http');
  const withNumber = response.replace('"expires_in":"3600"', '"expires_in":3600');
  expect(withNumber).not.toBe(response);
  const own = { request: request.replace('/tilia/', '/tilia-numbers/'), response: withNumber };
  await play(server.port, own, values['tilia-numbers']);
});

// A word more, and a stranger could find out which clients exist.
test.for(folders)('%s: an unknown client is answered like a wrong secret', async (folder) => {
  const { response } = await read(`${folder}/wrong-secret.http`);
  expect((await read(`${folder}/unknown-client.http`)).response).toBe(response);
});

/** What the transcripts of an issuer may name: two clients, a public one, new tokens, and what is of users. */
async function prepare(served: Issuer): Promise<Values> {
  const { name, issuer, dialect } = served;
  const registration = { owner: 'acme', scope: scopesOf(name) };
  const withUsers = dialect.paths.authorization !== undefined;
  const client = withUsers
    ? await createApp(server, name, registration)
    : await server.register(name, registration);
  const another = await server.register(name, registration);
  const { client_id, client_secret } = client;
  const token = async ({ client_id, client_secret }: Credentials) => {
    const scope = registration.scope[0] ?? '';
    const form = { client_id, client_secret, grant_type: 'client_credentials', scope };
    const body = await (await post(issuer + dialect.paths.token, form)).json();
    return (body as { access_token: string }).access_token;
  };
  return {
    issuer,
    host: new URL(issuer).host,
    jwks_uri: issuer + dialect.paths.jwks,
    client_id,
    client_secret,
    basic: base64(client),
    basic_wrong_secret: base64({ client_id, client_secret: randomUUID() }),
    basic_unknown_client: base64({ client_id: randomUUID(), client_secret }),
    ...(dialect.client_authentication.includes('none') && {
      public_client_id: (await server.register(name, { ...registration, public: true })).client_id,
    }),
    ...('url' in client && (await prepareUsers(server, served, client))),
    ...(dialect.paths.user_token !== undefined && (await prepareUserTokens(server, served, client))),
    token: () => token(client),
    token_of_another: () => token(another),
    revoked_token: async () => {
      const revoked = { client_id, client_secret, token: await token(client) };
      await post(issuer + dialect.paths.revocation, revoked);
      return revoked.token;
    },
  };
}
