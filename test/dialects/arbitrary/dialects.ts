// Dialects of all kinds: every field of the schema, every kind of value that it takes. Most are valid; some are nearly so,
// and whether they are is for the schema to say.

import { type Dialect, dialectSchema } from '@tessera-oauth/core';
import fc, { type Arbitrary } from 'fast-check';
import { access_token } from './access-token.ts';
import { errors } from './errors.ts';
import { headers } from './headers.ts';
import { answerFor } from './members.ts';
import { type Grant, given, methods, paths, requests, scope } from './requests.ts';

const grantSets: readonly (readonly Grant[])[] = [
  ['client_credentials', 'authorization_code', 'refresh_token'],
  ['authorization_code', 'refresh_token'],
  ['client_credentials', 'authorization_code'],
  ['authorization_code'],
  ['client_credentials'],
];

const grants = fc.constantFrom(...grantSets);

/** What fits the grant types that a dialect has. */
const withGrants = (given_types: readonly Grant[]) => {
  const hasCode = given_types.includes('authorization_code');
  const needed = {
    name: fc.constant('generated'),
    paths: paths(given_types),
    client_authentication: methods,
    parameters_from: fc.constantFrom(['body'], ['body'], ['body', 'query'], ['query', 'body']),
    grant_types: fc.shuffledSubarray([...given_types], { minLength: given_types.length }),
    scope: fc
      .tuple(scope, fc.boolean(), fc.boolean())
      .map(([spelled, repeatable, required]) => ({ ...spelled, repeatable, required })),
    access_token,
    credentials: fc.record({
      client_id: fc.constantFrom('uuid', 'token'),
      client_secret: fc.constantFrom('uuid', 'token'),
    }),
    headers,
    errors,
  };
  const optional = {
    issuer: fc.record({ trailing_slash: fc.boolean() }),
    redundant_credentials: fc.constantFrom('refused', 'ignored'),
    requests: requests(given_types),
    client_credentials: fc.record({
      excluded_scopes: fc.subarray(['read', 'write', 'openid', 'offline_access', 'write_user_tokens']),
    }),
    refresh_token: fc.record({ given }),
    expires_in: fc.constantFrom('number', 'string'),
    answer: answerFor(given_types),
    answer_media: fc.constantFrom(['json'], ['form', 'json'], ['json', 'form']),
  };
  const code = {
    lifetime: fc.constantFrom(10, 60, 600),
    pkce: fc.constantFrom('required', 'required_of_public_clients'),
    scope_required: fc.boolean(),
  };
  const authorization_code = fc.record(
    { ...code, redirect_uri_repeated: fc.boolean() },
    { requiredKeys: ['lifetime', 'pkce', 'scope_required'] },
  );
  return fc.record(
    { ...needed, ...optional, authorization_code },
    {
      requiredKeys: [
        ...(Object.keys(needed) as (keyof typeof needed)[]),
        ...(hasCode ? (['authorization_code'] as const) : []),
      ],
    },
  );
};

/** As it would stand in a file, valid or not. */
export const writtenDialect: Arbitrary<Record<string, unknown>> = grants.chain(withGrants);

const accepted = (written: unknown): Dialect | undefined => {
  const { success, data } = dialectSchema.safeParse(written);
  return success ? data : undefined;
};

/** Those that the schema accepts, as it gives them back. */
export const onlyAccepted = (written: Arbitrary<unknown>): Arbitrary<Dialect> =>
  written.map(accepted).filter((dialect) => dialect !== undefined);

export const anyDialect: Arbitrary<Dialect> = onlyAccepted(writtenDialect);
