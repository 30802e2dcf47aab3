// What a browser is asked for a new passkey with (Web Authentication Level 3 §5.4).

import { listPasskeys } from '../../store/tables/passkeys.ts';
import type { User } from '../../store/tables/users.ts';
import type { Visit } from '../visit/visit.ts';
import { challengeLifetime, library, newChallenge, relyingParty } from '../visit/webauthn.ts';

/** As JSON; undefined where there can be no passkeys. */
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
