// What users did and what they were refused, for the log.

import type { Reason } from '@tessera-oauth/core';
import type { User } from '../../store/tables/users.ts';
import type { Visit } from './visit.ts';

export function logSignInRefused({ request, issuer, context }: Visit, reason: Reason, user?: User): void {
  context.audit.refused({
    request_id: request.id,
    issuer: issuer.name,
    endpoint: 'sign_in',
    error: 'access_denied',
    reason,
    address: request.address,
    ...(user !== undefined && { user_id: user.id }),
  });
}

/** A form or a link that is not, or no longer, of this browser, session and page: nothing was done. */
export const logStale = (visit: Visit, reason: Reason = 'form_stale'): void =>
  logSignInRefused(visit, reason, visit.session?.user);

export function logUserAction(
  { context, request, issuer }: Visit,
  user: User,
  action: string,
  client_id?: string,
): void {
  context.audit.userActed({
    request_id: request.id,
    issuer: issuer.name,
    user_id: user.id,
    address: request.address,
    action,
    ...(client_id !== undefined && { client_id }),
  });
}
