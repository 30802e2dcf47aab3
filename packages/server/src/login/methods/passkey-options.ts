// What a browser is asked for a passkey with (Web Authentication Level 3 §5.4, §5.5): options, and challenges of our own.

import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Parameters } from '@tessera-oauth/core';
import { listPasskeys } from '../../store/tables/passkeys.ts';
import { useOnce } from '../../store/tables/used-once.ts';
import type { User } from '../../store/tables/users.ts';
import type { Visit } from '../visit.ts';

const challengeLifetime = 10 * 60_000;

/** Some megabytes of code that a server without users never needs. */
export const library = () => import('@simplewebauthn/server');

/** Passkeys belong to a domain: at an address there are none (WebAuthn §5.1.2, “effective domain”). */
export function relyingParty({
  issuer: { issuer },
}: Visit): { readonly id: string; readonly origin: string } | undefined {
  const { hostname, origin } = new URL(issuer);
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { id: hostname, origin } : undefined;
}

/** A challenge that proves itself: sealed for this browser and purpose, and good once. */
function newChallenge(purpose: string, { context, browser }: Visit): Uint8Array<ArrayBuffer> {
  const value = { browser, id: randomBytes(16).toString('base64url') };
  const sealed = context.forms.sealState(value, purpose, context.now() + challengeLifetime);
  return new Uint8Array(Buffer.from(sealed, 'base64url'));
}

export async function isChallenge(
  challenge: string,
  purpose: string,
  { context, browser }: Visit,
): Promise<boolean> {
  const { forms, db, now } = context;
  const opened = forms.openState<{ browser: string; id: string }>(challenge, purpose, now());
  if (opened?.browser !== browser) return false;
  return useOnce(db, purpose, opened.id, now() + challengeLifetime);
}

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

/** Options to add a passkey; undefined where there can be none. */
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

/** What the browser sent, as far as anything can be told of it before the library has judged it. */
export function parseCredential<T extends { id: string }>(form: Parameters): T | undefined {
  try {
    const parsed: unknown = JSON.parse(form.get('credential') ?? '');
    const id = typeof parsed === 'object' && parsed !== null && 'id' in parsed ? parsed.id : undefined;
    return typeof id === 'string' ? (parsed as T) : undefined;
  } catch {
    return undefined;
  }
}
