// Hostile tokens against each adapter in a process of its own: every one is refused, none stops the process, and none
// is worth a line in its log.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { VerifierError } from '@tessera-oauth/verifier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeEngine, webEngine } from '../../packages/verifier/src/engine.ts';
import { createVerifierOn } from '../../packages/verifier/src/verifier.ts';
import { eventually } from '../support/eventually.ts';
import { type HostileToken, hostileTokens } from './hostile-tokens.ts';
import {
  audience,
  type FakeIssuer,
  goodClaims,
  newKey,
  type SigningPair,
  sign,
  startIssuer,
} from './issuer.ts';

let key: SigningPair;
let issuer: FakeIssuer;
let tokens: readonly HostileToken[];
beforeAll(async () => {
  key = await newKey();
  const rsa = await newKey('RS256', 'rsa');
  issuer = await startIssuer([key.jwk, rsa.jwk]);
  tokens = await hostileTokens(issuer.issuer, key, rsa);
});
afterAll(() => issuer.close());

test.each([
  ['node', nodeEngine],
  ['web', webEngine],
])('by the engine %s, each is a VerifierError with its code', async (_name, engine) => {
  if (engine === undefined) throw new Error('these tests run in Node.js');
  const verifier = createVerifierOn(engine, { issuer: issuer.issuer, audience });
  const outcomes = await Promise.all(
    tokens.map(async ([what, , token]) => {
      const error: unknown = await verifier.verify(token).catch((thrown: unknown) => thrown);
      return [what, error instanceof VerifierError ? error.code : String(error)];
    }),
  );
  expect(outcomes).toEqual(tokens.map(([what, code]) => [what, code]));
});

/** One adapter's API, in a process that takes headers as long as the longest token. */
async function startApi(adapter: string) {
  const program = join(import.meta.dirname, 'guarded-api.ts');
  const child: ChildProcess = spawn(
    process.execPath,
    ['--max-http-header-size=1000000', program, adapter, issuer.issuer],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: unknown[] = [];
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (line) => void lines.push(JSON.parse(line)));
  await eventually(() => lines.length > 0);
  const [port] = lines.splice(0);
  const get = async (path: string, token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    return { status: response.status, body: await response.text() };
  };
  return { child, lines, get };
}

describe.each(['node', 'express', 'fastify', 'hono', 'fetch'])('%s', (adapter) => {
  let api: Awaited<ReturnType<typeof startApi>>;
  let good: string;
  beforeAll(async () => {
    api = await startApi(adapter);
    good = await sign(key, goodClaims(issuer.issuer));
  });
  afterAll(() => api.child.kill());
  const expectAlive = async () => {
    expect(await api.get('/', good)).toEqual({ status: 200, body: 'ok' });
    expect(api.child.exitCode).toBeNull();
  };

  test('refuses every one, and then still answers', async () => {
    await expectAlive();
    for (const [what, , token] of tokens) {
      const { status, body } = await api.get('/', token);
      const malformed = /^[\w.~+/-]+=*$/.test(token) ? [401, 'invalid_token'] : [400, 'invalid_request'];
      expect([status, JSON.parse(body).error], what).toEqual(malformed);
    }
    expect(api.lines).toEqual([]);
    await expectAlive();
  });

  test('what the verifier should never throw is 500, one line, and no end of the process', async () => {
    const { status, body } = await api.get('/fault', good);
    expect([status, JSON.parse(body).error]).toEqual([500, 'server_error']);
    await eventually(() => api.lines.length > 0);
    expect(api.lines.splice(0)).toEqual(['a request failed: RangeError: Maximum call stack size exceeded']);
    await expectAlive();
  });

  if (adapter === 'node')
    test('an answer that a handler has broken off is no whole one', async () => {
      await expect(api.get('/late', good)).rejects.toThrow();
      await eventually(() => api.lines.length > 0);
      expect(api.lines.splice(0)).toEqual(['a request failed: Error: the handler has a fault']);
      await expectAlive();
    });

  test('nor does a handler that throws end it', async () => {
    expect((await api.get('/throws', good)).status).toBe(500);
    // Other frameworks answer, and log, by themselves.
    if (adapter === 'node') await eventually(() => api.lines.length > 0);
    expect(api.lines.splice(0)).toEqual(
      adapter === 'node' ? ['a request failed: Error: the handler has a fault'] : [],
    );
    await expectAlive();
  });
});
