// Errors: their statuses, bodies, texts and names.

import fc from 'fast-check';
import { errorBody } from './members.ts';

const refusals = [
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type'],
  ...['invalid_scope', 'access_denied', 'invalid_token', 'invalid_target'],
];
const codes = [...refusals, 'server_error', 'temporarily_unavailable'];
const reasons = ['grant_type_missing', 'code_missing', 'basic_malformed', 'content_type', 'token_missing'];
/** Which share an answer with others. */
const sharing = ['client_unknown', 'code_replayed', 'secret_expired'];
export const errors = fc.record(
  {
    status: fc.dictionary(fc.constantFrom(...refusals), fc.constantFrom(200, 400, 401, 403, 418, 422, 503), {
      maxKeys: 4,
    }),
    challenge: fc.boolean(),
    body: errorBody(codes),
    describe: fc.dictionary(
      fc.constantFrom(...codes),
      fc.constantFrom('No.', 'access_token missing', 'Wrong!'),
      {
        maxKeys: 3,
      },
    ),
    rename: fc.dictionary(
      fc.oneof(
        { weight: 40, arbitrary: fc.constantFrom(...codes, ...reasons) },
        { weight: 1, arbitrary: fc.constantFrom(...sharing) },
      ),
      fc.constantFrom('denied', 'invalid_request', 'access_token', 'active'),
      { maxKeys: 3 },
    ),
  },
  { requiredKeys: ['status', 'challenge', 'body', 'rename'] },
);
