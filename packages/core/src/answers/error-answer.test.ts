import { expect, test } from 'vitest';
import type { Dialect } from '../dialects/dialect.ts';
import { standard } from '../dialects/standard.ts';
import { type GivenError, writeErrorAnswer } from './error-answer.ts';

const given: GivenError = {
  code: 'invalid_grant',
  error: 'bad_code',
  error_description: 'No.',
  status: 400,
  request_id: 'R',
  timestamp: 1_700_000_000,
};
const write = (body: Dialect['errors']['body'], more: Partial<GivenError> = {}) =>
  writeErrorAnswer({ ...given, ...more }, { ...standard, errors: { ...standard.errors, body } });

test.each<[body: Dialect['errors']['body'], text: string]>([
  [['error'], '{"error":"bad_code"}'],
  [['error_description', 'error'], '{"error_description":"No.","error":"bad_code"}'],
  [{}, '{}'],
  [{ ok: { value: false }, error: 'error' }, '{"ok":false,"error":"bad_code"}'],
  [{ code: { from: 'status', as: 'string' }, id: 'request_id' }, '{"code":"400","id":"R"}'],
  [{ code: 'status' }, '{"code":400}'],
  [{ at: { from: 'timestamp', as: 'iso8601' } }, '{"at":"2023-11-14T22:13:20Z"}'],
  [{ at: { from: 'timestamp', unit: 'ms' } }, '{"at":1700000000000}'],
  [{ errors: { list: [{ members: { text: 'error_description' } }] } }, '{"errors":[{"text":"No."}]}'],
  // By the standard code, whatever the dialect calls it.
  [{ n: { by_error: { invalid_grant: 7, invalid_client: 8 }, otherwise: 1 } }, '{"n":7}'],
  [{ n: { by_error: { bad_code: 7 }, otherwise: 1 } }, '{"n":1}'],
  [{ n: { by_error: { invalid_client: 8 } } }, '{}'],
  [{ n: { by_error: { invalid_grant: 'of its own' }, from: 'error' } }, '{"n":"of its own"}'],
  [{ n: { by_error: { invalid_client: 8 }, from: 'status', as: 'string' } }, '{"n":"400"}'],
  [{ n: { by_error: { constructor: 8 } } }, '{}'],
  [{ n: { by_error: { invalid_grant: null }, otherwise: 1 } }, '{"n":null}'],
])('%j: %s', (body, text) => {
  expect(write(body)).toBe(text);
});

test('text of a stranger stays text', () => {
  expect(write(['error_description'], { error_description: '"}\n<\u2028' })).toBe(
    `{"error_description":${JSON.stringify('"}\n<\u2028')}}`,
  );
});
