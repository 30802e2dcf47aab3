// How the requests of a dialect are spelled: where they go, who may make them, under which names.

import fc from 'fast-check';

export type Grant = 'client_credentials' | 'authorization_code' | 'refresh_token';

export const methods = fc.oneof(
  { weight: 6, arbitrary: fc.constant(['client_secret_basic', 'client_secret_post', 'none']) },
  {
    weight: 4,
    arbitrary: fc.shuffledSubarray(['client_secret_basic', 'client_secret_post', 'none'], { minLength: 1 }),
  },
);

/** Paths of one dialect share a beginning and differ in their ends. */
export const paths = (given: readonly Grant[]) =>
  fc
    .record({
      base: fc.constantFrom('', '/oauth', '/api/v1', '/connect'),
      users: given.includes('authorization_code') ? fc.constant(true) : fc.boolean(),
      optional: fc.subarray(['deny_list', 'userinfo', 'end_session', 'user_token']),
    })
    .map(({ base, users, optional }) =>
      Object.fromEntries(
        [
          'token',
          'introspection',
          'revocation',
          'jwks',
          ...(users ? ['authorization'] : []),
          ...optional,
        ].map((name) => [name, `${base}/${name}`]),
      ),
    );

const requestNames = [
  ...['client_id', 'client_secret', 'grant_type', 'code', 'code_verifier', 'redirect_uri', 'refresh_token'],
  ...['scope', 'token', 'response_type', 'state', 'code_challenge', 'code_challenge_method', 'prompt'],
];
const otherNames = [
  ...['secret', 'id', 'kind', 'auth_code', 'verifier', 'back', 'refresh', 'scopes', 'tok', 'type', 'x:y'],
  ...['challenge', 'method', 'ask', 'constructor', 'toString'],
];
/** Which a parameter has already. */
const takenNames = ['request', 'registration', 'access_token', 'state', 'post_logout_redirect_uri'];

export const requests = (given: readonly Grant[]) =>
  fc.record(
    {
      media: fc.constantFrom(['form'], ['form', 'json'], ['json', 'form']),
      otherwise: fc.record(
        { grant_type: fc.constantFrom(...given), response_type: fc.constant('code') },
        { requiredKeys: [] },
      ),
      names: fc.dictionary(
        fc.oneof(
          { weight: 80, arbitrary: fc.constantFrom(...otherNames) },
          { weight: 1, arbitrary: fc.constantFrom(...takenNames) },
        ),
        fc.constantFrom(...requestNames),
        { maxKeys: 8 },
      ),
      grant_types: fc.dictionary(
        fc.constantFrom('account_credentials', 'password', 'implicit', 'constructor', 'a:b'),
        fc.constantFrom(...given),
        { maxKeys: 3 },
      ),
    },
    { requiredKeys: [] },
  );

export const given = fc.oneof(
  fc.constantFrom('offline_access', 'always'),
  fc.record({ scope: fc.constantFrom('keep', 'read', 'offline_access', 'unknown') }),
  fc.record({
    parameter: fc.constantFrom('access_type', 'prompt', 'state'),
    value: fc.constantFrom('offline', 'consent'),
  }),
);

export const scope = fc.constantFrom(
  { delimiter: ' ', accepts: [' '] },
  { delimiter: ',', accepts: [',', ' '] },
  { delimiter: ' ', accepts: [' ', ','] },
  { delimiter: ',', accepts: [','] },
);
