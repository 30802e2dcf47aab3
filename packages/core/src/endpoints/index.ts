// The endpoints, by name: the router, the metadata, the mock and the reference are made of this list.

import type { EndpointName } from '../dialects/names.ts';
import { authorization } from './authorization.ts';
import { denyList } from './deny-list.ts';
import { endSession } from './end-session.ts';
import type { Endpoint } from './endpoint.ts';
import { introspection } from './introspection.ts';
import { jwks } from './jwks.ts';
import { revocation } from './revocation.ts';
import { token } from './token.ts';
import { userToken } from './user-token.ts';
import { userinfo } from './userinfo.ts';

/** In the order in which the metadata names them. */
const endpoints = {
  token,
  jwks,
  deny_list: denyList,
  introspection,
  revocation,
  authorization,
  userinfo,
  end_session: endSession,
  user_token: userToken,
} as const satisfies { readonly [Name in EndpointName]: Endpoint<Name> };

export const allEndpoints: readonly Endpoint[] = Object.values(endpoints);
