// What an API uses that does not use the verifier: each with the settings that docs/verifying-tokens.md gives it, and a
// token of a real server. What this machine lacks is skipped, and says so.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { urlOf } from '../support/endpoints.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

const run = promisify(execFile);
const audience = 'https://api.example.com';
let server: TestServer;
let client_id: string;
let token: string;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  const client = await server.register('standard');
  client_id = client.client_id;
  const form = { grant_type: 'client_credentials', scope: 'read' };
  const headers = basic(client_id, client.client_secret);
  const answer = await post(urlOf(server, 'standard', 'token'), form, headers);
  token = ((await answer.json()) as { access_token: string }).access_token;
  folder = await mkdtemp(join(tmpdir(), 'tessera-api-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** The same token with another audience, or altered, must be refused: a library that takes all tells nothing. */
async function expectJudged(verify: (token: string, audience: string) => Promise<string>): Promise<void> {
  expect((await verify(token, audience)).trim()).toBe(client_id);
  await expect(verify(token, 'https://other.example')).rejects.toThrow();
  const [header, payload, signature = ''] = token.split('.');
  const altered = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  await expect(verify(`${header}.${payload}.${altered}`, audience)).rejects.toThrow();
}

test('jose, for Node.js and others', async () => {
  const keys = createRemoteJWKSet(new URL(urlOf(server, 'standard', 'jwks')));
  await expectJudged(async (text, expected) => {
    const options = { issuer: server.origin, audience: expected, typ: 'at+jwt', algorithms: ['ES256'] };
    return (await jwtVerify(text, keys, options)).payload.sub ?? '';
  });
});

const python = `
import sys, jwt
issuer, jwks_uri, audience, token = sys.argv[1:]
if jwt.get_unverified_header(token).get("typ") != "at+jwt": sys.exit("no access token")
key = jwt.PyJWKClient(jwks_uri).get_signing_key_from_jwt(token).key
print(jwt.decode(token, key, algorithms=["ES256"], audience=audience, issuer=issuer)["sub"])
`;

test('PyJWT, for Python', async ({ skip }) => {
  const there = await run('python3', ['-c', 'import jwt, cryptography']).catch(() => undefined);
  skip(there === undefined, 'python3 with the packages pyjwt and cryptography is not here');
  const jwks_uri = urlOf(server, 'standard', 'jwks');
  await expectJudged(async (text, expected) => {
    return (await run('python3', ['-c', python, server.origin, jwks_uri, expected, text])).stdout;
  });
});

const go = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
)

func main() {
	ctx := context.Background()
	keys := oidc.NewRemoteKeySet(ctx, os.Args[2])
	config := &oidc.Config{ClientID: os.Args[3], SupportedSigningAlgs: []string{"ES256"}}
	token, err := oidc.NewVerifier(os.Args[1], keys, config).Verify(ctx, os.Args[4])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(token.Subject)
}
`;

test('go-oidc, for Go', { timeout: 120_000 }, async ({ skip }) => {
  const module = 'github.com/coreos/go-oidc/v3';
  await writeFile(join(folder, 'main.go'), go);
  await writeFile(join(folder, 'go.mod'), `module api\n\ngo 1.25.0\n\nrequire ${module} v3.21.0\n`);
  // Only what an earlier build has left on the machine: a test downloads nothing.
  const env = { ...process.env, GOPROXY: 'off', GOSUMDB: 'off', GOTOOLCHAIN: 'local' };
  const built = run('go', ['build', '-mod=mod', '-o', 'api', '.'], { cwd: folder, env });
  const there = await built.catch(() => undefined);
  skip(there === undefined, `go with the module ${module} v3.21.0 in its cache is not here`);
  const jwks_uri = urlOf(server, 'standard', 'jwks');
  await expectJudged(async (text, expected) => {
    return (await run(join(folder, 'api'), [server.origin, jwks_uri, expected, text])).stdout;
  });
});
