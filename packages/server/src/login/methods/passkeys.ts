// Passkeys (Web Authentication Level 3): signing in with one, and adding one to an account.

import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { type HttpResponse, OAuthError, type Parameters, type Ports, type Reason } from '@tessera-oauth/core';
import { addPasskey, findPasskey, usePasskey } from '../../store/tables/passkeys.ts';
import { type FoundSession, whileSignedIn } from '../../store/tables/sessions.ts';
import { findUser, type User } from '../../store/tables/users.ts';
import type { LoginContext } from '../context.ts';
import { completeSignIn, noteRefused, refuseUnlessLocal, signInAgain } from '../sign-in.ts';
import { pageEndpoint, requireCsrf, type Visit } from '../visit.ts';
import { isChallenge, library, parseCredential, relyingParty } from './passkey-options.ts';

export const signInWithPasskey = (context: LoginContext) =>
  pageEndpoint(context, 'sign_in', async (visit, form, ports) => {
    requireCsrf('sign_in', form, visit);
    refuseUnlessLocal(context);
    const user = await judgeAssertion(visit, form);
    if (typeof user === 'string') return refused(user, visit, ports);
    // WebAuthn §6.1: what one has, and a gesture or a PIN on it: two factors (RFC 8176 §2).
    return completeSignIn(visit, ports, user, { amr: ['pop', 'user', 'mfa'] });
  });

function refused(reason: Reason, visit: Visit, ports: Ports): Promise<HttpResponse> {
  noteRefused(visit, reason);
  return signInAgain(visit, ports, { problem: 'passkey' });
}

/** The user whose passkey signed our challenge; else why not. */
async function judgeAssertion(visit: Visit, form: Parameters): Promise<User | Reason> {
  const { reads, db, now } = visit.context;
  const party = relyingParty(visit);
  const response = parseCredential<AuthenticationResponseJSON>(form);
  if (party === undefined || response === undefined) return 'passkey_malformed';
  const passkey = await findPasskey(reads, response.id);
  const user = passkey && (await findUser(reads, passkey.user_id));
  if (passkey === undefined || user === undefined) return 'passkey_unknown';
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
      // The counter is judged below, in the statement that takes it.
      counter: 0,
    },
  }).catch(() => undefined);
  if (!verified?.verified) return 'passkey_wrong';
  if (!(await usePasskey(db, passkey.id, verified.authenticationInfo.newCounter, now())))
    return 'passkey_copied';
  return user.disabled ? 'user_disabled' : user;
}

/** Adds the passkey that a form holds; throws where it is not one that was asked for. */
export async function addPasskeyFrom(
  visit: Visit,
  form: Parameters,
  { hash, user }: FoundSession,
): Promise<void> {
  const party = relyingParty(visit);
  const response = parseCredential<RegistrationResponseJSON>(form);
  const malformed = () =>
    new OAuthError('invalid_request', 'passkey_malformed', 'The passkey could not be added.');
  if (party === undefined || response === undefined) throw malformed();
  const { verifyRegistrationResponse } = await library();
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: (challenge) => isChallenge(challenge, 'passkey creation', visit),
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  }).catch(() => undefined);
  if (!verified?.verified) throw malformed();
  const { credential } = verified.registrationInfo;
  const { db, now } = visit.context;
  const passkey = {
    id: credential.id,
    user_id: user.id,
    name: (form.get('name') ?? 'Passkey').slice(0, 64),
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: credential.transports ?? [],
  };
  // Whoever has reset the account in the meantime leaves no door open.
  if (!(await whileSignedIn(db, hash, (transaction) => addPasskey(transaction, passkey, now()))))
    throw malformed();
}
