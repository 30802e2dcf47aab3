// The examples of docs/verifying-tokens.md, one for each framework, with tokens of a real server: all give the same answers.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

const examples = join(import.meta.dirname, '../../examples/verifier');
type Ask = (path: string, authorization?: string) => Promise<Response>;

let server: TestServer;
let client: Awaited<ReturnType<TestServer['register']>>;
const processes: ChildProcess[] = [];
beforeAll(async () => {
  server = await startTestServer();
  client = await server.register('standard', { scope: ['invoices.read', 'other'] });
  process.env.ISSUER = server.origin;
});
afterAll(async () => {
  for (const each of processes) each.kill();
  delete process.env.ISSUER;
  await server.close();
});

async function tokenWith(scope: string): Promise<string> {
  const answer = await post(
    `${server.origin}/oauth2/token`,
    { grant_type: 'client_credentials', scope },
    basic(client.client_id, client.client_secret),
  );
  return ((await answer.json()) as { access_token: string }).access_token;
}

const headersOf = (authorization: string | undefined) =>
  authorization === undefined ? {} : { headers: { authorization } };

/** An example that listens, in a process of its own. */
const listening = (name: string) => async (): Promise<Ask> => {
  const port = await freePort();
  const env = { ISSUER: server.origin, PORT: String(port) };
  processes.push(spawn(process.execPath, [join(examples, `${name}.ts`)], { env, stdio: 'inherit' }));
  const ask: Ask = (path, authorization) =>
    fetch(`http://127.0.0.1:${port}${path}`, headersOf(authorization));
  await eventually(() =>
    ask('/').then(
      () => true,
      () => false,
    ),
  );
  return ask;
};

/** An example that exports what a runtime calls. */
const exporting = (name: string) => async (): Promise<Ask> => {
  const { default: app } = (await import(join(examples, `${name}.ts`))) as {
    default: { fetch(request: Request): Response | Promise<Response> };
  };
  return async (path, authorization) =>
    app.fetch(new Request(`https://api.example.com${path}`, headersOf(authorization)));
};

describe.each([
  ['fastify', listening('fastify')],
  ['express', listening('express')],
  ['node', listening('node')],
  ['hono', exporting('hono')],
  ['fetch', exporting('fetch')],
])('%s', (_name, start) => {
  let ask: Ask;
  beforeAll(async () => {
    ask = await start();
  });
  const metadata = 'https://api.example.com/.well-known/oauth-protected-resource';
  const refusal = async (authorization?: string) => {
    const response = await ask('/invoices', authorization);
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      type: response.headers.get('content-type')?.split(';')[0],
      ...((await response.json()) as { error?: string; error_description: string }),
    };
  };

  test('a token with the scope is let in, and the handler sees its client', async () => {
    const response = await ask('/invoices', `Bearer ${await tokenWith('invoices.read')}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ client_id: client.client_id });
    expect((await ask('/invoices', `bearer  ${await tokenWith('invoices.read')}`)).status).toBe(200);
  });

  test.each([undefined, '', 'Basic YTpi', 'Bearerish token'])(
    'without a token (%j) it asks for one, and names no error (RFC 6750 §3.1)',
    async (authorization) => {
      expect(await refusal(authorization)).toEqual({
        status: 401,
        challenge: `Bearer scope="invoices.read", resource_metadata="${metadata}"`,
        type: 'application/json',
        error_description: 'Send an access token as Authorization: Bearer.',
      });
    },
  );

  test.each(['Bearer', 'Bearer a b', 'Bearer "a"', 'Bearer a, Bearer b', 'Bearer ä'])(
    'what is no header of RFC 6750 (%j) is a bad request',
    async (authorization) => {
      expect(await refusal(authorization)).toMatchObject({ status: 400, error: 'invalid_request' });
    },
  );

  test('text that is not a token is refused, with what to do about it', async () => {
    const { challenge, ...rest } = await refusal('Bearer abc');
    expect(rest).toMatchObject({ status: 401, error: 'invalid_token' });
    expect(challenge).toBe(
      `Bearer error="invalid_token", error_description="${rest.error_description}", resource_metadata="${metadata}"`,
    );
    expect(rest.error_description).toMatch(/^This is no signed token: .* Send it as it was issued\.$/);
  });

  test('a token without the scope is refused, and the scope is named', async () => {
    const description = 'The token lacks the scope invoices.read: ask for one that has it.';
    expect(await refusal(`Bearer ${await tokenWith('other')}`)).toEqual({
      status: 403,
      challenge: `Bearer error="insufficient_scope", error_description="${description}", scope="invoices.read", resource_metadata="${metadata}"`,
      type: 'application/json',
      error: 'insufficient_scope',
      error_description: description,
    });
  });

  test('its metadata says whose tokens it takes (RFC 9728)', async () => {
    const response = await ask(new URL(metadata).pathname);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({
      resource: 'https://api.example.com',
      authorization_servers: [server.origin],
      bearer_methods_supported: ['header'],
      scopes_supported: ['invoices.read'],
    });
  });
});
