// Signing in with a passkey (Web Authentication Level 3 §7.2).

import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Parameters, Reason } from '@tessera-oauth/core';
import { findPasskey, usePasskey } from '../../store/tables/passkeys.ts';
import { findUser, type User } from '../../store/tables/users.ts';
import type { LoginContext } from '../visit/context.ts';
import { logSignInRefused } from '../visit/events.ts';
import type { Visit } from '../visit/visit.ts';
import { isChallenge, library, parseCredential, relyingParty } from '../visit/webauthn.ts';
import { completeSignIn } from './complete-sign-in.ts';
import { localSignInEndpoint } from './local-endpoint.ts';
import { signInAgain } from './sign-in-page.ts';

export const signInWithPasskey = (context: LoginContext) =>
  localSignInEndpoint(context, async (visit, form, ports) => {
    const user = await judgeAssertion(visit, form);
    if (typeof user === 'string') {
      logSignInRefused(visit, user);
      return signInAgain(visit, ports, { problem: 'passkey' });
    }
    // WebAuthn §6.1: a device, and a gesture or a PIN on it, are two factors (RFC 8176 §2).
    return completeSignIn(visit, ports, user, { amr: ['pop', 'user', 'mfa'] });
  });

/** The user whose passkey signed our challenge, or else the reason for the log. */
async function judgeAssertion(visit: Visit, form: Parameters): Promise<User | Reason> {
  const { reads, db, now } = visit.context;
  const party = relyingParty(visit);
  const response = parseCredential<AuthenticationResponseJSON>(form);
  if (party === undefined || response === undefined) return 'passkey_malformed';
  const passkey = await findPasskey(reads, response.id);
  const user = passkey && (await findUser(reads, passkey.user_id));
  if (passkey === undefined || user === undefined) return 'passkey_unknown';
  // §7.2 step 6: nobody has said who signs in, so the authenticator has to name the user whose passkey it is.
  if (response.response?.userHandle !== Buffer.from(user.id).toString('base64url'))
    return 'passkey_of_another';
  const { verifyAuthenticationResponse } = await library();
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: (challenge) => isChallenge(challenge, 'passkey sign-in', visit),
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    credential: {
      id: passkey.id,
      publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
      // The counter is judged below, in the statement that stores it.
      counter: 0,
    },
  }).catch(() => undefined);
  if (!verified?.verified) return 'passkey_wrong';
  if (!(await usePasskey(db, passkey.id, verified.authenticationInfo.newCounter, now())))
    return 'passkey_copied';
  return user.disabled ? 'user_disabled' : user;
}
