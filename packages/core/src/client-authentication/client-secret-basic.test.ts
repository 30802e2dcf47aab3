import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBasic } from './client-secret-basic.ts';

const header = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;
const formEncode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
const method = 'client_secret_basic';
const secret = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));

test('a form-encoded pair is the first reading (RFC 6749 §2.3.1)', () => {
  fc.assert(
    fc.property(secret, secret, (client_id, password) => {
      const [first] = readBasic(header(`${formEncode(client_id)}:${formEncode(password)}`));
      expect(first).toEqual({ method, client_id, secret: password });
    }),
  );
});

test('a pair sent as it is, is among the readings', () => {
  fc.assert(
    fc.property(
      secret.filter((id) => !/[:+%]/.test(id)),
      secret,
      (client_id, password) => {
        expect(readBasic(header(`${client_id}:${password}`))).toContainEqual({
          method,
          client_id,
          secret: password,
        });
      },
    ),
  );
});

test('without + and % there is one reading', () => {
  expect(readBasic(header('id:a:b'))).toEqual([{ method, client_id: 'id', secret: 'a:b' }]);
});

test.each([['basic'], ['BASIC'], ['BaSiC']])('the scheme %s is Basic (RFC 7617 §2)', (scheme) => {
  expect(readBasic(header('a:b').replace('Basic', scheme))).toHaveLength(1);
});

test.each([['Bearer abc'], ['Basicabc'], ['Digest a=b'], ['']])('%j is not Basic', (authorization) => {
  expect(readBasic(authorization)).toEqual([]);
});

test.each([
  ['Basic !!!!'],
  ['Basic YWJj'],
  [header(Buffer.from([0x61, 0x3a, 0xff]))],
  [header('a:\0')],
  ['Basic YTpi YTpi'],
])('%j is malformed', (authorization) => {
  expect(() => readBasic(authorization)).toThrow('invalid_request');
});
