// The `jti` of access tokens (RFC 7519 §4.1.7): one of a grant names the grant, in any dialect and without another claim.

import type { Authorization } from '../model.ts';
import type { Random } from '../ports.ts';

export const newJti = ({ user }: Authorization, random: Random): string =>
  user?.grant === undefined ? random.uuid() : `${user.grant.id}.${random.id()}`;

/** The grant that a `jti` names; one entry of the deny-list, the grant's, ends all of its tokens. */
export const grantOf = (jti: string): string | undefined =>
  jti.includes('.') ? jti.split('.')[0] : undefined;
