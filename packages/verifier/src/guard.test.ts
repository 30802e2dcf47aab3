// The guard: where it finds the token of a request, and answers to refused requests that clients can parse.

import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { longestToken } from './compact-jws.ts';
import { createGuard } from './guard.ts';
import { tokenOf } from './request-token.ts';
import { metadataUrl, resourceMetadata } from './resource-metadata.ts';
import type { RequestHeaders } from './resource-request.ts';
import { createVerifier } from './verifier.ts';
import { VerifierError, verifierErrorCodes } from './verifier-error.ts';

const issuer = 'https://auth.example.com';
const verifier = createVerifier({ issuer, audience: 'https://api.example.com/v1' });
const guard = createGuard(verifier, { scope: ['a', 'b'] });

test.each(verifierErrorCodes)('%s has an answer that RFC 6750 §3 allows', (code) => {
  const { status, headers, body } = guard.refuse(new VerifierError(code, 'Say "who" you\r\nare, ä.'));
  expect([400, 401, 403, 503]).toContain(status);
  expect(JSON.parse(body).error_description).toBe('Say "who" you\r\nare, ä.');
  expect(headers['Cache-Control']).toBe('no-store');
  if (status === 503) expect(headers['Retry-After']).toBe('1');
  else
    expect(headers['WWW-Authenticate']).toMatch(/^Bearer ([a-z_]+="[\x20-\x21\x23-\x5B\x5D-\x7E]*"(, |$))+$/);
});

describe('what is no VerifierError is a fault of the program: 500, and one line that tells nothing of a token', () => {
  const token = `${'a'.repeat(40)}.${'b'.repeat(40)}.c`;
  const circular = new Error('circular');
  circular.cause = circular;
  const unreadable = new Error();
  Object.defineProperty(unreadable, 'message', { get: () => assert.fail() });
  test.each<[what: string, thrown: unknown, said: RegExp | undefined]>([
    ['an Error', new TypeError('a fault'), /^a request failed: TypeError: a fault$/],
    ['several lines', new Error('a\r\nb\u2028c\u001b[1m'), /^a request failed: Error: a b c \[1m$/],
    ['its cause', new Error('a', { cause: new Error('b') }), /^a request failed: Error: a: Error: b$/],
    ['its own cause', circular, /^a request failed(: Error: circular){5}$/],
    ['a token', new Error(`got ${token}`), /^a request failed: Error: got \[token\]$/],
    ['a long text', new Error('a'.repeat(10_000)), /^.{1000}$/],
    ['no Error', token, /^a request failed: a thrown string$/],
    ['nothing', undefined, /^a request failed$/],
    ['what throws when it is read', unreadable, undefined],
  ])('%s', (_what, thrown, said) => {
    const lines: string[] = [];
    const logger = { warn: assert.fail, error: (line: string) => void lines.push(line) };
    const own = createGuard(createVerifier({ issuer, audience: 'https://api.example.com/v1', logger }));
    const { status, headers, body } = own.refuse(thrown);
    expect(status).toBe(500);
    expect(headers).not.toHaveProperty('WWW-Authenticate');
    expect(JSON.parse(body)).toMatchObject({ error: 'server_error' });
    expect(lines).toEqual(said === undefined ? [] : [expect.stringMatching(said)]);
  });

  test('a logger that throws changes nothing', () => {
    const logger = { warn: assert.fail, error: assert.fail };
    const own = createGuard(createVerifier({ issuer, audience: 'https://api.example.com/v1', logger }));
    expect(own.refuse(new Error('a fault')).status).toBe(500);
  });
});

test.each(['a b', '"', 'a\\b', 'ä', ''])('a route cannot require the scope %j', (scope) => {
  expect(() => createGuard(verifier, { scope: [scope] })).toThrow(/^scope: got /);
});

test('without a URL of its own an API has a bare challenge, and no metadata', async () => {
  const plain = createVerifier({ issuer, audience: 'invoices' });
  const { refuse, admit } = createGuard(plain, {});
  const request = { method: 'GET', url: 'https://api.example.com/v1', headers: {} };
  const refused = refuse(await admit(request).catch((error: unknown) => error));
  expect(refused.headers['WWW-Authenticate']).toBe('Bearer');
  expect(() => resourceMetadata(plain)).toThrow(/^resource: missing/);
});

test('tokenOf throws for a request that no adapter has let in', () => {
  expect(() => tokenOf({})).toThrow(/no token was required/);
});

describe('the token of a request', () => {
  const codeOf = async (headers: RequestHeaders): Promise<string> => {
    const request = { method: 'GET', url: 'https://api.example.com/v1', headers };
    const error: unknown = await guard.admit(request).catch((thrown: unknown) => thrown);
    return error instanceof VerifierError ? error.code : String(error);
  };

  // Where the guard has read this token, the verifier refuses it, before it asks for keys.
  const token = 'a'.repeat(longestToken + 1);
  test.each<[what: string, headers: RequestHeaders, code: string]>([
    ['in an object', { authorization: `Bearer ${token}` }, 'token_malformed'],
    ['in an object with names in another case', { Authorization: `bearer ${token}` }, 'token_malformed'],
    ['in a list of one value', { Authorization: [`Bearer ${token}`] }, 'token_malformed'],
    ['in Headers', new Headers({ Authorization: `BEARER ${token}` }), 'token_malformed'],
    ['in no header', { host: 'api.example.com', authorization: undefined }, 'token_missing'],
    ['in no header of Headers', new Headers(), 'token_missing'],
    ['under a scheme that is not known', { authorization: 'DPoP abc' }, 'token_missing'],
    ['under a scheme that begins alike', { authorization: 'Bearer2 abc' }, 'token_missing'],
    ['in two headers', { authorization: ['Bearer abc', 'Bearer def'] }, 'authorization_malformed'],
    [
      'in two headers that differ in case',
      { authorization: 'Bearer abc', Authorization: 'Bearer def' },
      'authorization_malformed',
    ],
    [
      'in two headers of Headers',
      new Headers([
        ['Authorization', 'Bearer abc'],
        ['Authorization', 'Bearer def'],
      ]),
      'authorization_malformed',
    ],
  ])('%s', async (_what, headers, code) => {
    expect(await codeOf(headers)).toBe(code);
  });
});

test.each([
  ['https://api.example.com', 'https://api.example.com/.well-known/oauth-protected-resource'],
  ['https://api.example.com/', 'https://api.example.com/.well-known/oauth-protected-resource'],
  ['https://api.example.com/v1', 'https://api.example.com/.well-known/oauth-protected-resource/v1'],
  ['https://api.example.com/v1?k=1', 'https://api.example.com/.well-known/oauth-protected-resource/v1?k=1'],
])('the metadata of %s is at %s (RFC 9728 §3.1)', (resource, url) => {
  expect(metadataUrl(resource).href).toBe(url);
});

test('the metadata names the resource to the letter (RFC 9728 §3.3)', () => {
  expect(resourceMetadata(verifier, { resource_name: 'Invoices' })).toEqual({
    path: '/.well-known/oauth-protected-resource/v1',
    document: {
      resource: 'https://api.example.com/v1',
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      resource_name: 'Invoices',
    },
  });
});
