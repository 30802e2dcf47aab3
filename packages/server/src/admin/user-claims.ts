// What may be said of a user in the standard claims (OpenID Connect Core 1.0 §5.1).

import type { PostalAddress, UserClaims } from '@tessera-oauth/core';
import { z } from 'zod';
import { isName, isText, normalizeWords } from '../words.ts';
import { validate } from './validate.ts';

const text = z
  .string()
  .overwrite(normalizeWords)
  .refine((words) => isName(words, 200), '1 to 200 characters, all of which can be seen');
// OpenID Connect Core 1.0 §5.1.1: both may have several lines.
const lines = z
  .string()
  .overwrite(normalizeWords)
  .refine(
    (words) => words !== '' && isText(words, 500, 'lines'),
    '1 to 500 characters, all of which can be seen',
  );
const url = z
  .string()
  .max(2000)
  .refine((uri) => URL.canParse(uri) && /^https?:$/.test(new URL(uri).protocol), 'an https or http URL');

function isDate(date: string): boolean {
  const [, year = '', rest = ''] = /^(\d{4})((?:-\d{2}-\d{2})?)$/.exec(date) ?? [];
  if (year === '' || rest === '') return year !== '';
  // The year 0000 stands for one that is not told, and must allow for 29 February.
  const day = new Date(`${year === '0000' ? '2000' : year}${rest}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(4, 10) === rest;
}

const isTimeZone = (name: string): boolean => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
};

const isLanguage = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
};

const schema = z.strictObject({
  family_name: text.optional(),
  given_name: text.optional(),
  middle_name: text.optional(),
  nickname: text.optional(),
  preferred_username: text.optional(),
  profile: url.optional(),
  picture: url.optional(),
  website: url.optional(),
  gender: text.optional(),
  birthdate: z.string().refine(isDate, 'a date such as 1987-06-05, 0000-06-05 or 1987').optional(),
  zoneinfo: text.refine(isTimeZone, 'a time zone such as Europe/Zurich').optional(),
  locale: text.refine(isLanguage, 'a language tag such as de-CH').optional(),
  // RFC 3966 has an extension after it.
  phone_number: z
    .string()
    .regex(/^\+[1-9][\d ().-]{3,30}(;ext=\d{1,10})?$/, 'a number such as +41 44 668 18 00')
    .optional(),
  phone_number_verified: z.boolean().optional(),
  address: z
    .strictObject({
      formatted: lines.optional(),
      street_address: lines.optional(),
      locality: text.optional(),
      region: text.optional(),
      postal_code: text.optional(),
      country: text.optional(),
    })
    .optional(),
});

/** Changes to claims: a member that is left out stays, null takes it away; so it is within the address. */
export type ClaimsChange = {
  readonly [Name in keyof UserClaims]?: Name extends 'address'
    ? { readonly [Part in keyof PostalAddress]?: string | null | undefined } | null | undefined
    : UserClaims[Name] | null | undefined;
};

/** The claims after a change. A number that changes is verified no more unless that is said. Throws `invalid`. */
export function changedClaims(before: UserClaims, change: ClaimsChange): UserClaims {
  const { address, ...changed } = change;
  const { phone_number_verified, ...kept } = before;
  const sameNumber = changed.phone_number === undefined || changed.phone_number === before.phone_number;
  const merged = {
    ...kept,
    ...(sameNumber && { phone_number_verified }),
    ...changed,
    address:
      typeof address === 'string' || address === null ? address : present({ ...before.address, ...address }),
  };
  return validate(schema, present(merged) ?? {}, 'claims');
}

/** Without what is null or left out; undefined where nothing is left. */
function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const left = Object.entries(members).filter(([, value]) => value !== null && value !== undefined);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
