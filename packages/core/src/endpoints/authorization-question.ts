// What the user is to be asked before an authorization request can be granted (OpenID Connect Core 1.0 §3.1.2.3, §3.1.2.4).

import type {
  AuthorizationQuestion,
  AuthorizationRequest,
  Issuer,
  Recipient,
  UserAuthentication,
} from '../model.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Ports } from '../ports.ts';
import { isLoopback } from '../request/redirect-uri.ts';
import { readIdToken } from '../tokens/id-token.ts';
import { insistsOn } from './prompts.ts';

/** What the user has yet to answer; undefined where nothing is left to ask. */
export async function questionFor(
  asked: AuthorizationRequest,
  session: UserAuthentication | undefined,
  issuer: Issuer,
  ports: Ports,
): Promise<AuthorizationQuestion | undefined> {
  const { prompt, client } = asked;
  if (session === undefined || insistsOn(prompt, 'sign_in') || !(await fits(session, asked, issuer, ports)))
    return { ask: 'sign_in' };
  if (insistsOn(prompt, 'select_account')) return { ask: 'select_account', session };
  const allowed = await ports.store.findConsent(issuer.name, session.user_id, client.client_id);
  const remembered = asked.scope.filter((scope) => allowed?.includes(scope));
  const complete = allowed !== undefined && remembered.length === asked.scope.length;
  const again = insistsOn(prompt, 'consent') || couldBeAnybody(asked);
  return complete && !again ? undefined : { ask: 'consent', session, remembered };
}

/** Whether the session is recent enough, and that of the user whom the client means. */
async function fits(
  session: UserAuthentication,
  { max_age, id_token_hint }: AuthorizationRequest,
  issuer: Issuer,
  ports: Ports,
): Promise<boolean> {
  const age = Math.floor(ports.clock.now() / 1000) - session.auth_time;
  // OpenID Connect Core 1.0 §3.1.2.1: max_age=0 is prompt=login, within the same second too.
  if (max_age === 0 || (max_age !== undefined && age > max_age)) return false;
  if (id_token_hint === undefined) return true;
  const hinted = await readIdToken(id_token_hint, issuer, ports);
  // A hint whose signing key is gone cannot be read, and does not count.
  return hinted === undefined || hinted.sub === session.user_id;
}

// RFC 8252 §8.6: another program on the device can pose as a public client, so the user is always asked.
const couldBeAnybody = ({ client, redirect_uri }: Recipient): boolean =>
  client.token_endpoint_auth_method === 'none' &&
  (isLoopback(redirect_uri) || !redirect_uri.startsWith('https:'));

/** OpenID Connect Core 1.0 §3.1.2.6 */
export function interactionNeeded(
  question: AuthorizationQuestion | undefined,
  asked: AuthorizationRequest,
): OAuthError {
  if (question?.ask !== 'consent')
    return new OAuthError('login_required', 'not_signed_in', 'The user is not signed in.');
  const remembered = question.remembered.length === asked.scope.length && asked.scope.length > 0;
  const description =
    remembered && couldBeAnybody(asked)
      ? 'The user is always asked for a public app that is answered on the device, where another program could pose as it (RFC 8252 section 8.6). Use an https redirect URI, or ask without prompt=none.'
      : 'The user has not allowed all of this yet.';
  return new OAuthError('consent_required', 'consent_missing', description);
}
