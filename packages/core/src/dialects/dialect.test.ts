// What a dialect may not be, each mistake once: the fields of requests and answers, and what claims and headers could do.

import { expect, test } from 'vitest';
import { dialectSchema } from './dialect.ts';
import { standard } from './standard.ts';

/** The mistakes of the standard with `own` fields in place of its own: the path, and what was expected there. */
const mistakes = (own: object): string[] => {
  const { error } = dialectSchema.safeParse({ ...standard, ...own });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
};

const answer = (members: object) => ({
  answer: { access_token: 'access_token', refresh_token: 'refresh_token', ...members },
});
const body = (members: object) => ({ errors: { ...standard.errors, body: members } });
const errors = (own: object) => ({ errors: { ...standard.errors, ...own } });
const requests = (own: object) => ({ requests: own });
const claims = (own: object) => ({
  access_token: { ...standard.access_token, claims: { ...standard.access_token.claims, ...own } },
});
const typ = (value: string) => ({
  access_token: { ...standard.access_token, header: { typ: value, kid: true } },
});
const header = (name: string) => ({ headers: { ...standard.headers, [name]: 'x' } });
const machines = { grant_types: ['client_credentials'] };
const deep = (levels: number): object => (levels === 0 ? { value: 1 } : { members: { a: deep(levels - 1) } });

test.each<[own: object, mistake: string]>([
  // The members of an answer.
  [{ answer: {} }, 'answer: a member from access_token, for all grants'],
  [{ answer: { access_token: 'access_token' } }, 'answer: a member from refresh_token, for all grants'],
  [answer({ again: 'access_token' }), 'answer.again: access_token once'],
  [answer({ again: { list: [{ members: { b: 'refresh_token' } }] } }), 'members.b: refresh_token once'],
  [answer({ refresh_token: { value: 'x' } }), 'answer.refresh_token: refresh_token from its own source'],
  [answer({ id_token: 'random' }), 'answer.id_token: id_token from its own source, or another name'],
  [answer({ Access_Token: { value: 'x' } }), 'answer.Access_Token: Access_Token from its own source'],
  [answer({ data: { members: { ID_TOKEN: 'jti' } } }), 'ID_TOKEN: ID_TOKEN from its own source'],
  [answer({ data: { value: [{ a: { access_token: 1 } }] } }), 'answer.data: a constant without access_token'],
  [answer({ data: { value: { REFRESH_TOKEN: 1 } } }), 'answer.data: a constant without REFRESH_TOKEN'],
  [
    answer({ data: { from: 'scope', otherwise: { id_token: 1 } } }),
    'answer.data: a constant without id_token',
  ],
  [answer({ id_token: { from: 'id_token', otherwise: 'x' } }), 'answer.id_token: id_token without otherwise'],
  [answer({ deep: deep(6) }), 'at most 5 levels'],
  [answer({ 7: 'scope' }), 'answer.7: Invalid key'],
  [answer({ a: { from: 'scope', unit: 's' } }), 'answer.a.unit: a unit only of a time'],
  [answer({ a: { from: 'expires_in', as: 'iso8601' } }), 'answer.a.as: iso8601 only of a moment'],
  [answer({ a: { from: 'scope', as: 'number' } }), 'answer.a.as: number only of a number'],
  // What is for some grants only is no member of every answer, nor is what stands in it.
  [
    { ...machines, answer: { access_token: { from: 'access_token', grant_types: ['client_credentials'] } } },
    'answer: a member from access_token, for all grants',
  ],
  [
    {
      answer: {
        data: { members: { access_token: 'access_token' }, grant_types: ['client_credentials'] },
        refresh_token: 'refresh_token',
      },
    },
    'answer: a member from access_token, for all grants',
  ],
  [
    {
      answer: {
        access_token: 'access_token',
        data: { list: [{ members: { a: 'refresh_token' } }], grant_types: ['authorization_code'] },
      },
    },
    'answer: a member from refresh_token, for all grants',
  ],
  // The members of an error.
  [body({ text: 'error_description' }), 'errors.body: a member from error, or by_error with otherwise'],
  [body({ code: { by_error: { invalid_client: 1 } } }), 'errors.body: a member from error, or by_error'],
  [body({ access_token: 'error' }), 'errors.body.access_token: access_token from its own source'],
  [body({ a: { value: { id_token: 1 } } }), 'errors.body.a: a constant without id_token'],
  [body({ a: { by_error: { invalid_grant: { access_token: 1 } } } }), 'a constant without access_token'],
  [body({ active: { value: true } }), 'errors.body.active: another name'],
  [body({ Active: { value: true } }), 'errors.body.Active: another name'],
  [body({ a: { by_error: { invalid_grnt: 1 } } }), 'did you mean invalid_grant?'],
  [body({ a: 'scope' }), 'errors.body: a list of error and error_description, or an object of members'],
  [errors({ describe: { client_unknown: 'x' } }), 'errors.describe.client_unknown: an error code'],
  [errors({ status: { server_error: 200 } }), 'errors.status.server_error: a status from 500'],
  [
    errors({ body: { error: { by_error: { invalid_grant: 'x' }, otherwise: 'error' } } }),
    'errors.body.error.otherwise: a constant; a source stands beside by_error, as from',
  ],
  // Requests.
  [requests({ media: ['json'] }), 'requests.media: form among them'],
  [requests({ names: { scope: 'state' } }), 'requests.names.scope: a name that no parameter has'],
  [requests({ names: { request: 'scope' } }), 'requests.names.request: a name that no parameter has'],
  [requests({ names: { access_token: 'scope' } }), 'requests.names.access_token: a name that no parameter'],
  [requests({ names: { secret: 'client_secrt' } }), 'did you mean client_secret?'],
  [
    {
      ...requests({ names: { access_type: 'state' } }),
      refresh_token: { given: { parameter: 'access_type', value: 'a' } },
    },
    'requests.names.access_type: a name that no parameter has',
  ],
  [requests({ grant_types: { refresh_token: 'client_credentials' } }), 'a name that no grant has'],
  [{ ...machines, ...requests({ grant_types: { code: 'authorization_code' } }) }, 'one of grant_types'],
  [{ ...machines, ...requests({ otherwise: { grant_type: 'refresh_token' } }) }, 'one of grant_types'],
  [requests({ otherwise: { response_type: 'token' } }), 'requests.otherwise.response_type'],
  [answer({ token_type: 'grant_type' }), 'answer.token_type: token_type from its own source, or a constant'],
  // A token that would pass for something else, or whose names do not mean what they say.
  [typ('deny-list+jwt'), 'access_token.header.typ: another type'],
  [typ('application/Deny-List+JWT'), 'access_token.header.typ: another type'],
  [claims({ at_hash: { value: 'x' } }), 'access_token.claims.at_hash: another name'],
  [claims({ scope: { value: 'admin' } }), 'access_token.claims.scope: a claim from scope or scope_list'],
  [claims({ sub: { value: 'user-1' } }), 'access_token.claims.sub: a claim from subject or user_id'],
  // A token that speaks for somebody, or for more than was allowed.
  [claims({ uid: { from: 'user_id', otherwise: 'user-1' } }), 'access_token.claims.uid.otherwise:'],
  [claims({ scp: { from: 'scope', otherwise: 'openid' } }), 'access_token.claims.scp.otherwise:'],
  [
    {
      access_token: { ...standard.access_token, claims: { ...standard.access_token.claims, sub: 'owner' } },
      paths: { ...standard.paths, user_token: '/users' },
    },
    'access_token.claims: a claim from subject or user_id',
  ],
  // Headers that are obeyed in spite of Cache-Control, that have a proxy send a file, or that tell others of requests.
  ...[
    'CDN-Cache-Control',
    'Acme-CDN-Cache-Control',
    'Surrogate-Control',
    'Edge-Control',
    'X-Accel-Expires',
    'X-Accel-Redirect',
    'X-Sendfile',
    'NEL',
    'Report-To',
    'Reporting-Endpoints',
    'Timing-Allow-Origin',
    'Service-Worker-Allowed',
  ].map((name): [object, string] => [header(name), `headers.${name}: Invalid key`]),
])('%j: %s', (own, mistake) => {
  expect(mistakes(own).join('\n')).toContain(mistake);
});

test.each<[own: object]>([
  [{ answer: undefined }],
  [{ ...machines, answer: { data: { members: { access_token: 'access_token' } } } }],
  [
    answer({
      Access: { list: ['scope', { from: 'issued_at', as: 'iso8601' }] },
      token_type: { value: 'bot' },
    }),
  ],
  [body({ ok: { value: false }, code: { by_error: { invalid_client: 20_003 }, otherwise: 20_001 } })],
  [errors({ status: { invalid_grant: 200 } })],
  [
    requests({
      names: { secret: 'client_secret', key: 'client_secret' },
      grant_types: { password: 'refresh_token' },
    }),
  ],
  [claims({ uid: { from: 'user_id', otherwise: '' }, scp: { from: 'scope', otherwise: '' } })],
  [header('X-OAuth-Scopes')],
])('%j is a dialect', (own) => {
  expect(mistakes(own)).toEqual([]);
});
