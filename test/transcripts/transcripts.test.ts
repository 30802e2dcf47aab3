// Plays the transcripts in the folders beside this file against a running server, byte for byte.

import { createHash, randomUUID } from 'node:crypto';
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Issuer } from '@tessera-oauth/core';
import { compactVerify, createRemoteJWKSet } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../authorization/app.ts';
import type { Credentials } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { post, startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { base64, prepareUsers, prepareUserTokens } from './prepare-users.ts';
import { bodyOf, describeToken, exchange, fill, mask, parseTranscript, type Values } from './transcript.ts';

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
    test(`${folder}/${file}`, async () => play(await read(`${folder}/${file}`), values[folder]));
  }
}

test("a user's own dialect on top of tilia gives expires_in as a number", async () => {
  const { request, response } = await read('tilia/sample.http');
  const withNumber = response.replace('"expires_in":"3600"', '"expires_in":3600');
  expect(withNumber).not.toBe(response);
  const own = { request: request.replace('/tilia/', '/tilia-numbers/'), response: withNumber };
  await play(own, values['tilia-numbers']);
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

/** Seconds: of access tokens, of one that is asked to live shorter, and of refresh tokens. */
const lifetimes = [3600, 600, 30 * 86_400];

// OpenID Connect Core 1.0 section 3.1.3.6, for ES256 and RS256.
const halfHash = (token = '') =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');

/** Sends the request of a transcript and holds all that comes back against its response. */
async function play(transcript: { request: string; response: string }, values: Values = {}): Promise<void> {
  const started = Math.floor(Date.now() / 1000);
  const length = (message: string) => ({ length: String(Buffer.byteLength(bodyOf(message))) });
  const request = await fill(transcript.request, values);
  const response = await exchange(server.port, await fill(request, length(request)));
  const body = bodyOf(response);
  const [token, id_token] = ['access_token', 'id_token'].map(
    (name) => new RegExp(`"${name}":"(.+?)"`).exec(body)?.[1],
  );
  const received = [response, describeToken(token), describeToken(id_token, 'id token')].join('');

  const now = Number(/"iat":(\d+)/.exec(received)?.[1] ?? started);
  expect(now >= started && now * 1000 <= Date.now(), 'iat is the time of this request').toBe(true);
  const times = {
    now: String(now),
    ...Object.fromEntries(lifetimes.map((s) => [`now+${s}`, String(now + s)])),
  };
  const known = { ...values, ...times, ...length(response), at_hash: halfHash(token) };
  const expected = await fill(transcript.response, known);
  expect(mask(received, expected)).toBe(expected);

  const keys = createRemoteJWKSet(new URL(String(values.jwks_uri)));
  for (const signed of [token, id_token]) if (signed !== undefined) await compactVerify(signed, keys);
  // RFC 6749 §5.2: "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E."
  const { error = '', error_description = '' } = body.startsWith('{') ? JSON.parse(body) : {};
  expect(error + error_description).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]*$/);
}
