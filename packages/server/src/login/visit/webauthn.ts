// What signing in with a passkey and adding one have in common (Web Authentication Level 3): relying party, challenges,
// and what the browser sends.

import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { type Parameters, parseJson } from '@tessera-oauth/core';
import { useOnce } from '../../store/tables/used-once.ts';
import type { Visit } from './visit.ts';

/** Milliseconds. */
export const challengeLifetime = 10 * 60_000;

/** Some megabytes of code that a server without users never needs. */
export const library = () => import('@simplewebauthn/server');

/** Passkeys belong to a domain: at an address there are none (WebAuthn §5.1.2, “effective domain”). */
export function relyingParty({
  issuer: { issuer },
}: Visit): { readonly id: string; readonly origin: string } | undefined {
  const { hostname, origin } = new URL(issuer);
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { id: hostname, origin } : undefined;
}

/** A challenge that needs no row until it comes back: sealed for this browser and purpose, and accepted once. */
export function newChallenge(purpose: string, { context, browser }: Visit): Uint8Array<ArrayBuffer> {
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

/** What the browser sent, as far as anything can be told of it before the library has judged it. */
export function parseCredential<T extends { id: string }>(form: Parameters): T | undefined {
  const parsed = parseJson(form.get('credential') ?? '');
  const id = typeof parsed === 'object' && parsed !== null && 'id' in parsed ? parsed.id : undefined;
  return typeof id === 'string' ? (parsed as T) : undefined;
}
