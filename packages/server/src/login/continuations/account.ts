// Back to the user's own account page: what a sign-in comes back to where no app has asked for it.

import { OAuthError } from '@tessera-oauth/core';
import { redirect } from '../visit/respond.ts';
import type { Continuation } from './continuation.ts';

export const account: Continuation<'account'> = {
  plain: {
    // Whatever says nothing of another kind.
    read: () => ({ kind: 'account' }),
    write: () => '',
  },
  leads_away: false,
  href: ({ base }) => base,
  askToSignIn: (visit, _ports, show) => show(visit, {}),
  async resume({ base }, { answer }) {
    if (answer === 'refused' || answer === 'not_recent')
      throw new OAuthError('access_denied', 'sign_in_refused', 'You have not signed in.', { status: 403 });
    return redirect(base);
  },
};
