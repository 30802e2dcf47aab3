// The passkeys of an account, added and removed (Web Authentication Level 3 §7.1).

import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { OAuthError, type Parameters } from '@tessera-oauth/core';
import { addPasskey, listPasskeys, removePasskey } from '../../store/tables/passkeys.ts';
import { whileSignedIn } from '../../store/tables/sessions.ts';
import type { User } from '../../store/tables/users.ts';
import type { LoginContext } from '../visit/context.ts';
import { logUserAction } from '../visit/events.ts';
import type { Visit } from '../visit/visit.ts';
import {
  challengeLifetime,
  isChallenge,
  library,
  newChallenge,
  parseCredential,
  relyingParty,
} from '../visit/webauthn.ts';
import { done, type SignedInVisit, sensitiveEndpoint } from './endpoint.ts';
import { isSoundKey } from './passkey-key.ts';

/** What a browser is asked for a new passkey with (§5.4), as JSON; undefined where there can be none. */
export async function passkeyCreation(visit: Visit, user: User): Promise<string | undefined> {
  const party = relyingParty(visit);
  if (party === undefined) return undefined;
  const { generateRegistrationOptions } = await library();
  const known = await listPasskeys(visit.context.reads, user.id);
  const options = await generateRegistrationOptions({
    rpName: visit.view.theme.name,
    rpID: party.id,
    userID: new Uint8Array(Buffer.from(user.id)),
    userName: user.login ?? user.id,
    userDisplayName: user.name ?? user.login ?? '',
    challenge: newChallenge('passkey creation', visit),
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: known.map(({ id }) => ({ id })),
    timeout: challengeLifetime,
  });
  return JSON.stringify(options);
}

export const addOwnPasskey = (context: LoginContext) =>
  sensitiveEndpoint(context, async (visit, form) => {
    const { hash, user } = visit.session;
    const passkey = await readPasskey(visit, form);
    // In one transaction with the session: after a reset of the account, a session from before it adds nothing.
    const added = await whileSignedIn(context.db, hash, (transaction) =>
      addPasskey(transaction, { ...passkey, user_id: user.id }, context.now()),
    );
    if (!added) throw malformed();
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

const malformed = () =>
  new OAuthError('invalid_request', 'passkey_malformed', 'The passkey could not be added.');

/** The passkey that a form holds; throws where it does not answer a challenge of ours. */
async function readPasskey(visit: SignedInVisit, form: Parameters) {
  const party = relyingParty(visit);
  const response = parseCredential<RegistrationResponseJSON>(form);
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
  if (!(await isSoundKey(credential.publicKey))) throw malformed();
  return {
    id: credential.id,
    name: (form.get('name') ?? 'Passkey').slice(0, 64),
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: credential.transports ?? [],
  };
}
