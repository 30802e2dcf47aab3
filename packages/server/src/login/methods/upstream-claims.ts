// What an upstream provider says of a user, as far as it is taken over (OpenID Connect Core 1.0 §2, §5.1).

import { nameFrom } from '../../words.ts';
import { isPlainText } from '../visit/plain-text.ts';
import type { Told } from './upstream-provider.ts';

const isText = (value: unknown): value is string => typeof value === 'string' && isPlainText(value);

/** §2: `sub` has at most 255 characters. */
export const isSubject = (sub: string): boolean => isPlainText(sub) && sub !== '' && sub.length <= 255;

type Claims = Readonly<Record<string, unknown>>;

/** Name, email address, and whether the provider has verified that very address. */
export function profileOf({ id_token, userinfo }: Told) {
  const documents: readonly Claims[] = [id_token, userinfo];
  const name = documents
    .flatMap((each) => (typeof each.name === 'string' ? (nameFrom(each.name) ?? []) : []))
    .at(0);
  // One document may be older than the other: an address is verified where the document that names it says so.
  // A cut address would be somebody else's.
  const withEmail = documents.filter(({ email }) => isText(email) && email.length <= 254);
  const chosen = withEmail.find((each) => each.email_verified !== undefined) ?? withEmail[0];
  return {
    ...(name !== undefined && { name }),
    ...(isText(chosen?.email) && {
      email: chosen.email,
      // Some providers write booleans as text.
      email_verified: chosen.email_verified === true || chosen.email_verified === 'true',
    }),
  };
}

/** RFC 8176: how the provider made sure of the user; what is no such name is left out. */
export const methodsOf = ({ amr }: Claims): string[] =>
  (Array.isArray(amr) ? amr : [])
    .filter((each) => isText(each) && each.length > 0 && each.length <= 50)
    .slice(0, 10);

/** Epoch seconds; 0 where the provider does not say when the user signed in. */
export const authTimeOf = ({ auth_time }: Claims, now: number): number =>
  typeof auth_time === 'number' && auth_time > 0 ? Math.min(Math.floor(auth_time), now) : 0;
