// Rules for the members of answers and errors: from every source, spelled in every way, nested, limited, constant.

import fc, { type Arbitrary } from 'fast-check';
import { constant } from './values.ts';

const sources = [
  ...['token_type', 'expires_in', 'refresh_expires_in', 'id_token', 'client_name', 'request_id', 'random'],
  ...[
    'issuer',
    'audience',
    'resources',
    'subject',
    'client_id',
    'owner',
    'user_id',
    'user_name',
    'auth_time',
  ],
  ...['amr', 'identity_provider', 'session_id', 'grant_type', 'scope', 'scope_list', 'issued_at'],
  ...['not_before', 'expires_at', 'jti'],
];
const errorSources = ['error', 'error_description', 'status', 'request_id', 'timestamp'];
const times = ['issued_at', 'expires_at', 'not_before', 'auth_time', 'timestamp'];

const names = [
  ...['ok', 'data', 'token', 'type', 'expires_in', 'scope', 'authed_user', 'team', 'x-y', 'constructor'],
  ...['status', 'code', 'error', 'toString', 'result'],
];
/** Which no member may have but the token of that name, or none at all. */
const pretending = [
  'access_token',
  'refresh_token',
  'id_token',
  'Access_Token',
  'ID_TOKEN',
  'active',
  'Active',
  'token_type',
];
const memberName = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: fc.constantFrom(...pretending) },
);

const spelled = (from: readonly string[]): Arbitrary<unknown> =>
  fc.oneof(
    fc.record(
      { from: fc.constantFrom(...from), otherwise: constant, as: fc.constant('string') },
      { requiredKeys: ['from'] },
    ),
    fc.record(
      {
        from: fc.constantFrom(...from.filter((source) => times.includes(source))),
        as: fc.constantFrom('number', 'string', 'iso8601'),
        unit: fc.constantFrom('s', 'ms'),
      },
      { requiredKeys: ['from'] },
    ),
  );

type Limit = (rule: Arbitrary<Record<string, unknown>>) => Arbitrary<Record<string, unknown>>;

const unlimited: Limit = (rule) => rule;
const limitedTo =
  (grants: readonly string[]): Limit =>
  (rule) =>
    fc
      .tuple(rule, fc.option(fc.subarray([...grants], { minLength: 1 }), { nil: undefined, freq: 4 }))
      .map(([made, grant_types]) => (grant_types === undefined ? made : { ...made, grant_types }));

function ruleFrom(
  from: readonly string[],
  limit: Limit,
  more: readonly Arbitrary<unknown>[],
  depth: number,
): Arbitrary<unknown> {
  const leaves = [
    fc.constantFrom(...from),
    spelled(from).chain((rule) => limit(fc.constant(rule as Record<string, unknown>))),
    limit(fc.record({ value: constant })),
    ...more,
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const inner = ruleFrom(from, limit, more, depth - 1);
  return fc.oneof(
    ...leaves.map((arbitrary) => ({ weight: 3, arbitrary })),
    { weight: 1, arbitrary: limit(fc.record({ members: fc.dictionary(memberName, inner, { maxKeys: 3 }) })) },
    { weight: 1, arbitrary: limit(fc.record({ list: fc.array(inner, { maxLength: 3 }) })) },
  );
}

/** Where a token stands: at the top, in an object, in a list; in a few cases in what is for some grants only. */
const placed = (token: string, limit: Limit) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom({ [token]: token }, { [`my_${token}`]: { from: token } }) },
    {
      weight: 2,
      arbitrary: limit(fc.constantFrom({ members: { [token]: token } }, { list: [token] })).map((rule) => ({
        [`in_${token}`]: rule,
      })),
    },
    {
      weight: 1,
      arbitrary: fc.constant({
        [`deep_${token}`]: { members: { list: { list: [{ members: { [token]: token } }] } } },
      }),
    },
  );

/** The members of a token answer for a dialect with these grants. */
export const answerFor = (grants: readonly string[]): Arbitrary<unknown> => {
  const limit = limitedTo(grants);
  return fc
    .tuple(
      placed('access_token', limit),
      fc.dictionary(memberName, ruleFrom(sources, limit, [], 2), { maxKeys: 6 }),
      grants.includes('refresh_token') ? placed('refresh_token', limit) : fc.constant({}),
    )
    .map((parts) => Object.assign({}, ...parts) as unknown);
};

/** The body of an error: a list, or members, one of which says what error it is. */
export const errorBody = (codes: readonly string[]): Arbitrary<unknown> =>
  fc.oneof(
    {
      weight: 1,
      arbitrary: fc.constantFrom(['error'], ['error', 'error_description'], ['error_description', 'error']),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.dictionary(memberName, ruleFrom(errorSources, unlimited, [byError(codes)], 2), { maxKeys: 5 }),
          fc.constantFrom<object[]>(
            { error: 'error' },
            { failed: { members: { why: { from: 'error' } } } },
            { code: { by_error: { invalid_client: 20_003 }, otherwise: 20_001 } },
          ),
        )
        .map(([members, which]) => ({ ...members, ...which })),
    },
  );

const byError = (codes: readonly string[]): Arbitrary<unknown> =>
  fc.record(
    {
      by_error: fc.dictionary(fc.constantFrom(...codes), constant, { maxKeys: 3 }),
      otherwise: constant,
      from: fc.constantFrom('error', 'error_description', 'request_id'),
    },
    { requiredKeys: ['by_error'] },
  );
