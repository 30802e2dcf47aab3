import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { holdsPresentedSecret } from './presented-secrets.ts';

const secret = 'correct horse, battery+staple';
const request = (headers: Record<string, string>, body = '', query = '') => ({
  ...{ headers, query },
  body: Buffer.from(body),
});
const basic = (id: string, password: string) =>
  request({ authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}` });

test.each([
  ['Basic, encoded', basic('app', encodeURIComponent(secret))],
  ['Basic, as it is', basic('app', secret)],
  ['Bearer', request({ authorization: `Bearer ${secret.replace(/[ ,+]/g, '')}` })],
  ['the form', request({}, `client_secret=${encodeURIComponent(secret)}`)],
  ['the query', request({}, '', `client_secret=${encodeURIComponent(secret)}`)],
  ['a code', request({}, `code=${encodeURIComponent(secret)}`)],
])('%s: what else holds the secret is told, however it is written', (_where, presented) => {
  for (const value of [secret, `read ${secret.replace(',', '')} write`, secret.toUpperCase()])
    expect(holdsPresentedSecret(value, presented)).toBe(true);
  for (const value of ['read write', 'correct', ''])
    expect(holdsPresentedSecret(value, presented)).toBe(false);
});

test('nothing presented, and what is too short to tell, hold nothing back', () => {
  expect(holdsPresentedSecret('read', request({}))).toBe(false);
  expect(holdsPresentedSecret('read write', basic('app', 'read'))).toBe(false);
});

test.each([
  ['application/x-www-form-urlencoded', 'api_key=what-nobody-may-read'],
  ['application/json', '{"api_key":"what-nobody-may-read"}'],
])('a secret by another name is one: %s', (type, text) => {
  const request = { headers: { 'content-type': type }, query: '', body: new TextEncoder().encode(text) };
  const names = { api_key: 'client_secret' };
  expect(holdsPresentedSecret('what-nobody-may-read', request, names)).toBe(true);
  expect(holdsPresentedSecret('what-nobody-may-read', request)).toBe(false);
});
