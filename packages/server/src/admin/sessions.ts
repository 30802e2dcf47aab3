// Sessions of browsers in which a user has signed in (OpenID Connect Session Management 1.0 §2).

import {
  endSession as deleteSession,
  pageOfSessions,
  type SessionListing,
} from '../store/tables/sessions.ts';
import { notFound } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';
import { existingUser } from './existing.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

/** The sessions of a user, by login or id, or of all users, the newest first. Throws `not_found`. */
export async function listSessions(
  { db }: Pick<AdminContext, 'db'>,
  id_or_login: string | undefined,
  request: ListRequest,
): Promise<Page<SessionListing>> {
  const id = id_or_login === undefined ? undefined : (await existingUser({ db }, id_or_login)).id;
  return pageOf(
    request,
    ['number', 'string'],
    (page) => pageOfSessions(db, id, page),
    (session) => session,
  );
}

/** Ends a session, by its public id, the `sid` of tokens; what apps were allowed goes on. Throws `not_found`. */
export function endSession(context: AdminContext, id: string): Promise<SessionListing> {
  return change(context, 'session.end', async (transaction) => {
    const result = await deleteSession(transaction, id);
    if (result === undefined) throw notFound('session_id', `session ${id}: there is no such session`);
    // Not whose it was: the record outlives the user.
    const { auth_time } = result;
    return { issuer: null, target: id, before: { auth_time }, after: null, result };
  });
}
