// What the members of a user may be, the password included (NIST SP 800-63B §5.1.1): each rule throws an AdminError.

import { invalid, judgeAll } from './admin-error.ts';
import type { AdminContext } from './context.ts';
import { nameOf, shown } from './forms.ts';
import type { ClaimsChange } from './user-claims.ts';

/** Changes to a user: a member that is left out stays, null takes it away. */
export interface UserChange {
  /** What is typed to sign in. */
  readonly login?: string | undefined;
  /** What people call the user. */
  readonly name?: string | null | undefined;
  /** An address that changes becomes unverified, unless it is said to be verified. */
  readonly email?: string | null | undefined;
  /** Whose clients may vouch for the user, as clients name their owner; those that the user turned away may ask again. */
  readonly owner?: string | null | undefined;
  /** Whether the address was shown to be theirs. */
  readonly email_verified?: boolean | undefined;
  /** Further standard claims (OpenID Connect Core 1.0 §5.1). */
  readonly claims?: ClaimsChange | undefined;
}

// What is typed on a sign-in page and shown in a log: no blanks, and nothing that cannot be seen.
const loginForm = /^[^\s\p{C}\p{Default_Ignorable_Code_Point}]{1,200}$/u;
// OpenID Connect Core 1.0 §2: a `sub` is ASCII, 255 characters at most.
const idForm = /^[\x21-\x7e]{1,255}$/;
// RFC 5321 §4.5.3.1.3 leaves 254 characters. Whether it works, only mail can tell.
const emailForm =
  /^(?=.{3,254}$)[^\s\p{C}\p{Default_Ignorable_Code_Point}@]+@[^\s\p{C}\p{Default_Ignorable_Code_Point}@]+$/u;

const objections = {
  too_short: 'expected 8 characters at least',
  too_long: 'expected 512 characters at most',
  control_character: 'expected one line without control characters',
  is_login: 'expected another than the login',
  too_common: 'expected a less common one: this is among the first to be tried',
};

/** Words as they are stored. Throws `invalid` for each member whose form cannot be. */
export function wellFormed<Forms extends UserChange & { readonly id?: string }>(user: Forms): Forms {
  const { id, login, name, owner } = user;
  const email = user.email?.normalize('NFC');
  const forms = [
    ['user_id', id, idForm, '1 to 255 ASCII characters without blanks'],
    ['login', login, loginForm, '1 to 200 characters without blanks'],
    ['email', email, emailForm, 'an address such as ann@example.com'],
  ] as const;
  judgeAll([
    ...forms.map(([field, value, form, expected]) => () => {
      if (value !== undefined && !form.test(value))
        throw invalid(field, `got ${shown(value)}, expected ${expected}`);
    }),
    () => typeof name === 'string' && nameOf('name', name),
    () => typeof owner === 'string' && nameOf('owner', owner),
  ]);
  return {
    ...user,
    ...(typeof name === 'string' && { name: nameOf('name', name) }),
    ...(typeof owner === 'string' && { owner: nameOf('owner', owner) }),
    ...(email !== undefined && { email }),
  };
}

/** A password as it is stored, and one that was made as it is shown once. Throws `invalid` for a chosen one that cannot be. */
export async function makePassword(
  { passwords }: Pick<AdminContext, 'passwords'>,
  login: string,
  chosen: string | undefined,
) {
  if (chosen === undefined) {
    const shown = passwords.generate();
    return { password_hash: await passwords.hash(shown), shown };
  }
  const objection = await passwords.objection(chosen, login);
  if (objection !== undefined) throw invalid('password', objections[objection]);
  return { password_hash: await passwords.hash(chosen), shown: undefined };
}
