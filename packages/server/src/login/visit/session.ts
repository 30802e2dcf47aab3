// The session that a sign-in ends with: always a new one, under a new name (OWASP ASVS 3.2.1).

import { randomBytes } from 'node:crypto';
import { createSession } from '../../store/tables/sessions.ts';
import type { User } from '../../store/tables/users.ts';
import { setCookie } from './cookies.ts';
import { deviceOf } from './device.ts';
import { rememberBrowser } from './known-browser.ts';
import type { Visit } from './visit.ts';

/** Milliseconds. */
const sessionLifetime = 7 * 24 * 3_600_000;

/** How a user proved who they are. */
export interface Authentication {
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** Absent: `local`, which is this server. */
  readonly identity_provider?: string;
  /** Epoch seconds, where the user signed in elsewhere: 0 where nobody says when. Absent: now. */
  readonly auth_time?: number;
}

export interface StartedSession {
  readonly token: string;
  /** The `Set-Cookie` values that hand the token to the browser, and have it remembered. */
  readonly cookies: readonly string[];
}

/** Replaces the session of the browser. Undefined where the user was disabled, or the password changed, meanwhile. */
export async function startSession(
  visit: Visit,
  user: User,
  { amr, identity_provider = 'local', auth_time }: Authentication,
): Promise<StartedSession | undefined> {
  const { context, issuer, request, session } = visit;
  const now = context.now();
  // Session fixation: a token that an attacker knew before the sign-in is worth nothing after it.
  const token = randomBytes(32).toString('base64url');
  const created = await createSession(
    context.db,
    {
      hash: context.forms.sessionHash(token),
      id: randomBytes(16).toString('base64url'),
      user_id: user.id,
      auth_time: auth_time ?? Math.floor(now / 1000),
      amr,
      identity_provider,
      device: deviceOf(request.headers['user-agent']?.toString()),
      expires_at: now + sessionLifetime,
      replaces: session?.hash,
      // A new password ends every sign-in that began before it, with a passkey too. Users of another provider have none.
      ...(identity_provider === 'local' &&
        user.password_hash !== null && { password_hash: user.password_hash }),
    },
    now,
  );
  if (!created) return undefined;
  const event = { request_id: request.id, issuer: issuer.name, user_id: user.id, address: request.address };
  context.audit.signedIn({ ...event, amr, identity_provider });
  const cookie = setCookie('session', token, issuer);
  // Users of another provider have no password here that strangers could guess.
  return { token, cookies: user.login === null ? [cookie] : [cookie, rememberBrowser(visit, user)] };
}
