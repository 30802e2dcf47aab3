// What a browser shows of having signed in before: the limits of strangers do not hold for it (NIST SP 800-63B-4 §3.2.2).

import { randomBytes } from 'node:crypto';
import type { User } from '../../store/tables/users.ts';
import { readCookie, setCookie } from './cookies.ts';
import type { Visit } from './visit.ts';

/** RFC 6265bis §5.5: browsers keep a cookie for no longer than 400 days. */
const lifetime = 400 * 24 * 3_600_000;
/** Users of one browser, the latest first. */
const mostUsers = 5;
const purpose = 'known browser';

interface KnownBrowser {
  /** Random. */
  readonly id: string;
  readonly users: readonly { readonly id: string; readonly signed_in_at: number }[];
}

const readKnown = ({ request, issuer, context: { forms, now } }: Visit): KnownBrowser | undefined =>
  forms.openState<KnownBrowser>(readCookie(request, 'known', issuer), purpose, now());

/** The id of the browser, where the user has signed in there and nothing has ended that since: no new password, above all. */
export function knownBrowserOf(visit: Visit, user: User): string | undefined {
  const browser = readKnown(visit);
  const known = browser?.users.find(({ id }) => id === user.id);
  return known !== undefined && known.signed_in_at >= user.access_ended_at ? browser?.id : undefined;
}

/** The `Set-Cookie` value that remembers the user's sign-in. */
export function rememberBrowser(visit: Visit, user: User): string {
  const { issuer, context } = visit;
  const { id = randomBytes(16).toString('base64url'), users = [] } = readKnown(visit) ?? {};
  const others = users.filter((each) => each.id !== user.id);
  const browser: KnownBrowser = {
    id,
    users: [{ id: user.id, signed_in_at: context.now() }, ...others].slice(0, mostUsers),
  };
  const sealed = context.forms.sealState(browser, purpose, context.now() + lifetime);
  return setCookie('known', sealed, issuer, lifetime / 1000);
}
