// The list of parameters that a dialect may rename is the one that the endpoints read.

import { expect, test } from 'vitest';
import { credentialParameters } from '../client-authentication/index.ts';
import { unsupported } from '../endpoints/authorization-request.ts';
import { allEndpoints } from '../endpoints/index.ts';
import { grantParameters } from '../grants/index.ts';
import { requestParameters } from './names.ts';

/** Its body is JSON of its own kind, and no form. */
const readsJson = 'user_token';
/** Sent by many clients, and read by no endpoint: RFC 7009 §2.1 lets a server look for the token without it. */
const unread = ['token_type_hint'];

test('requestParameters are what grants, client authentication and endpoints read', () => {
  const ofEndpoints = allEndpoints
    .filter(({ name }) => name !== readsJson)
    .flatMap(({ reference }) => Object.keys(reference.parameters));
  const read = new Set([
    ...ofEndpoints,
    ...credentialParameters,
    ...grantParameters,
    ...unsupported,
    ...unread,
  ]);
  expect(requestParameters.toSorted()).toEqual([...read].toSorted());
});
