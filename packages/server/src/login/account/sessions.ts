// The browsers in which a user is signed in, and their end.

import type { Account } from '../../pages/index.ts';
import { endOwnSession, listLiveSessions } from '../../store/tables/sessions.ts';
import type { LoginContext } from '../visit/context.ts';
import { logUserAction } from '../visit/events.ts';
import { sessionIdle } from '../visit/visit.ts';
import { accountEndpoint, done, type SignedInVisit } from './endpoint.ts';

export async function describeSessions({ context, session }: SignedInVisit): Promise<Account['sessions']> {
  const { id: own, user_id } = session.session;
  const sessions = await listLiveSessions(context.reads, user_id, context.now(), sessionIdle);
  return sessions.map(({ id, device, auth_time, last_seen_at }) => ({
    id,
    device: device ?? undefined,
    // Not every provider says when a user signed in.
    since: auth_time === 0 ? undefined : auth_time * 1000,
    last_seen_at,
    current: id === own,
  }));
}

/** What apps were allowed there goes on: that is another list. */
export const endSession = (context: LoginContext) =>
  accountEndpoint(context, async (visit, form) => {
    const { user } = visit.session;
    if (await endOwnSession(context.db, user.id, form.get('id') ?? ''))
      logUserAction(visit, user, 'session_ended');
    return done(visit, 'session_ended');
  });
