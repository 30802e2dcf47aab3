// A form by which users sign in with what this server itself knows of them: a password or a passkey.

import { type Handler, OAuthError } from '@tessera-oauth/core';
import { type ContinuedVisit, continuedForm } from '../continuations/index.ts';
import type { LoginContext } from '../visit/context.ts';
import type { PageHandler } from '../visit/page-endpoint.ts';

export const localSignInEndpoint = (context: LoginContext, handle: PageHandler<ContinuedVisit>): Handler =>
  continuedForm(context, 'sign_in', 'sign_in', async (visit, form, ports) => {
    if (!context.local)
      throw new OAuthError('access_denied', 'local_sign_in_off', 'Sign in elsewhere.', { status: 403 });
    return handle(visit, form, ports);
  });
