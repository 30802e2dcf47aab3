// What a browser is asked for a passkey with (Web Authentication Level 3 §5.5).

import type { Visit } from '../visit/visit.ts';
import { challengeLifetime, library, newChallenge, relyingParty } from '../visit/webauthn.ts';

/** For the form that posts to `action`; undefined where there can be no passkeys. */
export async function passkeyRequest(visit: Visit, action: string) {
  const party = relyingParty(visit);
  if (party === undefined) return undefined;
  const { generateAuthenticationOptions } = await library();
  const options = await generateAuthenticationOptions({
    rpID: party.id,
    challenge: newChallenge('passkey sign-in', visit),
    userVerification: 'required',
    timeout: challengeLifetime,
  });
  return { options: JSON.stringify(options), action };
}
