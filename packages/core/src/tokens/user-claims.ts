// What a scope lets a client know of a user (OpenID Connect Core 1.0 §5.1, §5.4), at userinfo and in ID tokens.

import type { ClaimsScope } from '../dialects/names.ts';
import type { User, UserClaims } from '../model.ts';

type Claim = keyof UserClaims | 'name' | 'email' | 'email_verified' | 'updated_at';

/** OpenID Connect Core 1.0 §5.4: which scope asks for which claims. */
const claimsOfScope: Readonly<Record<ClaimsScope, readonly Claim[]>> = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

/** Every claim about a user, in the order of the scopes. */
export const allUserClaims: readonly string[] = Object.values(claimsOfScope).flat();

/** The claims that a scope asks for, as far as they are known. */
export function userClaims(user: User, scope: readonly string[]): Partial<Record<Claim, unknown>> {
  const { phone_number } = user.claims;
  const known: Partial<Record<Claim, unknown>> = {
    preferred_username: user.login,
    ...user.claims,
    name: user.name,
    email: user.email,
    email_verified: user.email === null ? undefined : user.email_verified,
    phone_number_verified:
      phone_number === undefined ? undefined : (user.claims.phone_number_verified ?? false),
    updated_at: Math.floor(user.updated_at / 1000),
  };
  const asked = Object.entries(claimsOfScope).flatMap(([name, claims]) =>
    scope.includes(name) ? claims : [],
  );
  // OpenID Connect Core 1.0 §5.3.2: a claim that is not returned is left out, and not null.
  return Object.fromEntries(
    asked.flatMap((claim) =>
      known[claim] === undefined || known[claim] === null ? [] : [[claim, known[claim]]],
    ),
  );
}
