// Between the password and the code: that the password was right, sealed in a cookie of the browser.

import { hash } from 'node:crypto';
import { findUser, type User } from '../../store/tables/users.ts';
import { readCookie, setCookie } from '../visit/cookies.ts';
import type { Visit } from '../visit/visit.ts';

/** Milliseconds in which the code must follow the password. */
const lifetime = 5 * 60_000;
const purpose = 'second factor';

interface Step {
  readonly user_id: string;
  readonly proof: string;
  readonly browser: string;
}

/** The `Set-Cookie` value that says so. */
export function passwordStep({ issuer, context, browser }: Visit, user: User): string {
  const step: Step = { user_id: user.id, proof: proofOf(user), browser };
  const sealed = context.forms.sealState(step, purpose, context.now() + lifetime);
  return setCookie('step', sealed, issuer, lifetime / 1000);
}

/** The user whose password was right a moment ago, in this browser, and has not changed since. */
export async function userOfStep({ request, issuer, context, browser }: Visit): Promise<User | undefined> {
  const { forms, reads, now } = context;
  const step = forms.openState<Step>(readCookie(request, 'step', issuer), purpose, now());
  if (step === undefined || step.browser !== browser) return undefined;
  const user = await findUser(reads, step.user_id);
  const unchanged =
    user !== undefined && !user.disabled && user.sealed_totp_secret !== null && proofOf(user) === step.proof;
  return unchanged ? user : undefined;
}

/** Tells which password was verified, by the salt, which is new with each and stays when the master key changes. */
const proofOf = ({ password_hash }: User): string =>
  hash('sha256', password_hash?.split('$').at(-2) ?? '', 'base64url');
