// The answer to a request that is refused: a challenge that can be parsed, whatever was wrong.

import { expect, test } from 'vitest';
import { createGuard, tokenOf } from './guard.ts';
import { metadataUrl, resourceMetadata } from './resource-metadata.ts';
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

test('what is no VerifierError is a fault of the program, and is thrown on', () => {
  expect(() => guard.refuse(new Error('a fault'))).toThrow('a fault');
});

test.each(['a b', '"', 'a\\b', 'ä', ''])('a route cannot want the scope %j', (scope) => {
  expect(() => createGuard(verifier, { scope: [scope] })).toThrow(/^scope: got /);
});

test('without a URL of its own an API has a bare challenge, and no metadata', async () => {
  const plain = createVerifier({ issuer, audience: 'invoices' });
  const { refuse, admit } = createGuard(plain, {});
  const refused = refuse(await admit({}, null).catch((error: unknown) => error));
  expect(refused.headers['WWW-Authenticate']).toBe('Bearer');
  expect(() => resourceMetadata(plain)).toThrow(/^resource: missing/);
});

test('tokenOf tells where no token was required', () => {
  expect(() => tokenOf({})).toThrow(/no token was required/);
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
