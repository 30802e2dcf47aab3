// The members of a token answer: from each kind of rule, in its order, of its type.

import { expect, test } from 'vitest';
import type { Dialect } from '../dialects/dialect.ts';
import { standard } from '../dialects/standard.ts';
import type { Authorization, Client, Issuer, TokenSet, UserGrant } from '../model.ts';
import { type Given, writeTokenAnswer } from './token-answer.ts';

const tokens: TokenSet = {
  access_token: 'A',
  token_type: 'Bearer',
  jti: 'J',
  issued_at: 1_700_000_000,
  expires_in: 3600,
  scope: ['read', 'write'],
};
const client = { client_id: 'c', client_name: 'Acme "<b>"', owner: 'o' } as Client;
const grant = {
  rotated_at: 1_700_000_000_500,
  refresh_expires_at: 1_700_000_090_500,
  authentication: { user_id: 'u', session_id: 's', auth_time: 0, amr: [], identity_provider: 'local' },
} as unknown as UserGrant;

interface Told {
  readonly answer?: Dialect['answer'];
  readonly own?: Partial<Dialect>;
  readonly tokens?: Partial<TokenSet>;
  readonly authorization?: Partial<Authorization>;
}

function write({ answer, own = {}, ...told }: Told): string {
  const dialect: Dialect = { ...standard, ...own, ...(answer !== undefined && { answer }) };
  const authorization = {
    client,
    grant_type: 'client_credentials',
    subject: 'c',
    scope: tokens.scope,
    resources: [],
  };
  const issuer = {
    name: 'i',
    issuer: 'https://a.example',
    resources: [],
    dialect,
    access_token_lifetime: 3600,
  };
  let drawn = 0;
  const given: Given = {
    tokens: { ...tokens, ...told.tokens },
    authorization: { ...authorization, ...told.authorization } as unknown as Authorization,
    request: { id: 'R' },
    issuer: issuer as unknown as Issuer,
    ports: { random: { uuid: () => '', id: () => `random-${++drawn}` } },
  };
  return writeTokenAnswer(given);
}

const user = { id: 'u', name: 'Ann', grant };

test('without rules it is that of RFC 6749, in its order', () => {
  const { answer, ...rest } = standard;
  expect(write({ own: { ...rest, answer: undefined } as Partial<Dialect> })).toBe(
    '{"access_token":"A","token_type":"Bearer","expires_in":3600,"scope":"read write"}',
  );
  expect(write({ tokens: { refresh_token: 'F', id_token: 'I', scope: [] } })).toBe(
    '{"access_token":"A","token_type":"Bearer","expires_in":3600,"refresh_token":"F","id_token":"I"}',
  );
});

test.each<[rule: NonNullable<Dialect['answer']>[string], text: string | undefined, told?: Told]>([
  ['client_name', '"Acme \\"<b>\\""'],
  ['request_id', '"R"'],
  ['random', '"random-1"'],
  ['jti', '"J"'],
  ['scope', '"read,write"', { own: { scope: { ...standard.scope, delimiter: ',' } } }],
  ['scope_list', '["read","write"]'],
  ['scope', undefined, { tokens: { scope: [] } }],
  [{ from: 'scope', otherwise: '' }, '""', { tokens: { scope: [] } }],
  [{ from: 'user_id', otherwise: { a: [null] } }, '{"a":[null]}'],
  ['user_id', '"u"', { authorization: { user } }],
  // A number, and how it is written.
  ['expires_in', '3600'],
  ['expires_in', '"3600"', { own: { expires_in: 'string' } }],
  [{ from: 'expires_in', as: 'number' }, '3600', { own: { expires_in: 'string' } }],
  [{ from: 'expires_in', unit: 'ms' }, '3600000'],
  [{ from: 'issued_at', as: 'string' }, '"1700000000"'],
  [{ from: 'expires_at', as: 'string', unit: 'ms' }, '"1700003600000"'],
  [{ from: 'issued_at', as: 'iso8601' }, '"2023-11-14T22:13:20Z"'],
  [{ from: 'issued_at', as: 'iso8601', unit: 'ms' }, '"2023-11-14T22:13:20Z"'],
  [{ from: 'auth_time', as: 'iso8601' }, undefined],
  // For how long the refresh token is good, where there is one.
  ['refresh_expires_in', undefined],
  ['refresh_expires_in', undefined, { authorization: { user } }],
  ['refresh_expires_in', '90', { authorization: { user }, tokens: { refresh_token: 'F' } }],
  // Constants, objects and lists.
  [{ value: null }, 'null'],
  [{ value: { b: 1, a: 2 } }, '{"b":1,"a":2}'],
  [{ members: { z: 'jti', a: { value: true } } }, '{"z":"J","a":true}'],
  [{ members: { none: 'user_id' } }, undefined],
  [{ members: { none: { members: {} } } }, undefined],
  [{ list: ['jti', 'user_id', { value: 1 }] }, '["J",1]'],
  // For some grants only.
  [{ value: 1, grant_types: ['client_credentials'] }, '1'],
  [{ value: 1, grant_types: ['authorization_code', 'refresh_token'] }, undefined],
  [{ value: 1, grant_types: ['refresh_token'] }, '1', { authorization: { grant_type: 'refresh_token' } }],
  [{ members: { a: 'jti' }, grant_types: ['refresh_token'] }, undefined],
  [{ list: [{ from: 'jti', grant_types: ['refresh_token'] }] }, '[]'],
])('%j is %s', (rule, text, told = {}) => {
  expect(write({ ...told, answer: { m: rule } })).toBe(text === undefined ? '{}' : `{"m":${text}}`);
});

test('a token that is bound to a key says so, whatever constant a dialect has for its type', () => {
  const answer = { token_type: { value: 'bot' }, other: { value: 'bot' } };
  expect(write({ answer })).toBe('{"token_type":"bot","other":"bot"}');
  expect(write({ answer, tokens: { token_type: 'DPoP' } })).toBe('{"token_type":"DPoP","other":"bot"}');
});

test('two random members differ', () => {
  expect(write({ answer: { a: 'random', b: 'random' } })).toBe('{"a":"random-1","b":"random-2"}');
});
