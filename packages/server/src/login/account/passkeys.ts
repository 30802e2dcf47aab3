// The passkeys of an account, added and removed (Web Authentication Level 3 §7.1).

import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import type { HttpResponse, Parameters } from '@tessera-oauth/core';
import { addPasskey, listPasskeys, removePasskey } from '../../store/tables/passkeys.ts';
import { whileSignedIn } from '../../store/tables/sessions.ts';
import { nameFrom } from '../../words.ts';
import type { LoginContext } from '../visit/context.ts';
import { logSignInRefused, logUserAction } from '../visit/events.ts';
import { isChallenge, library, parseCredential, relyingParty } from '../visit/webauthn.ts';
import { accountResponse } from './account.ts';
import { done, type SignedInVisit, sensitiveEndpoint } from './endpoint.ts';
import { isSoundKey } from './passkey-key.ts';

export const addOwnPasskey = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit, form) => {
    const { hash, user } = visit.session;
    const passkey = await readPasskey(visit, form);
    // In one transaction with the session: after a reset of the account, a session from before it adds nothing.
    const added =
      passkey !== undefined &&
      (await whileSignedIn(context.db, hash, (transaction) =>
        addPasskey(transaction, { ...passkey, user_id: user.id }, context.now()),
      ));
    if (added !== true) return notAdded(visit, form);
    logUserAction(visit, user, 'passkey_added');
    return done(visit, 'passkey_added');
  });

export const removeOwnPasskey = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit, form) => {
    const { user } = visit.session;
    if (await removePasskey(context.db, user.id, form.get('id') ?? ''))
      logUserAction(visit, user, 'passkey_removed');
    return done(visit, 'passkey_removed');
  });

/** A form that was sent twice has added its passkey; any other is to be filled in again, with a new challenge. */
async function notAdded(visit: SignedInVisit, form: Parameters): Promise<HttpResponse> {
  const { user } = visit.session;
  const id = parseCredential<RegistrationResponseJSON>(form)?.id;
  const known = await listPasskeys(visit.context.db, user.id);
  if (known.some((passkey) => passkey.id === id)) return done(visit, 'passkey_added');
  logSignInRefused(visit, 'passkey_malformed', user);
  return accountResponse(visit, { problem: 'passkey' });
}

/** The passkey that a form holds; undefined where it does not answer a challenge of ours. */
async function readPasskey(visit: SignedInVisit, form: Parameters) {
  const party = relyingParty(visit);
  const response = parseCredential<RegistrationResponseJSON>(form);
  if (party === undefined || response === undefined) return undefined;
  const { verifyRegistrationResponse } = await library();
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: (challenge) => isChallenge(challenge, 'passkey creation', visit),
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  }).catch(() => undefined);
  if (!verified?.verified) return undefined;
  const { credential } = verified.registrationInfo;
  if (!(await isSoundKey(credential.publicKey))) return undefined;
  return {
    id: credential.id,
    name: nameFrom(form.get('name') ?? '', 64) ?? 'Passkey',
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: credential.transports ?? [],
  };
}
