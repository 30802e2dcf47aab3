// What stands in an answer, at whatever depth and in whichever form.

import type { Issuer, Ports } from '@tessera-oauth/core';
import { decodeJwt } from 'jose';
import type { Received } from './exchange.ts';

export interface Leaf {
  /** The names on the way to it, in lower case. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The members of a body in JSON or in a form, in which what is nested is JSON. Throws where it is neither. */
export function membersOf({ headers, body }: Received): Readonly<Record<string, unknown>> {
  if (/^application\/json/i.test(headers['content-type'] ?? '')) return JSON.parse(body);
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [
      name,
      /^[{[]/.test(value) ? JSON.parse(value) : value,
    ]),
  );
}

/** Every value that is no object and no list; of these, the empty ones. */
export const leavesOf = (answer: Received): readonly Leaf[] =>
  answer.body === '' ? [] : [...walk(membersOf(answer), [])];

function* walk(value: unknown, path: readonly string[]): Generator<Leaf> {
  if (typeof value !== 'object' || value === null) yield { path, value };
  else if (Object.keys(value).length === 0) yield { path, value };
  else for (const [name, each] of Object.entries(value)) yield* walk(each, [...path, name.toLowerCase()]);
}

const texts = (leaves: readonly Leaf[]): string[] =>
  leaves.map(({ value }) => value).filter((value) => typeof value === 'string');

const claimsOf = (text: string): unknown[] => {
  try {
    return Object.values(decodeJwt(text));
  } catch {
    return [];
  }
};

/** The access tokens that were noted by their `jti`, whatever claim it stands in. */
export const accessTokenIn = (leaves: readonly Leaf[], jtis: readonly string[]): string[] =>
  texts(leaves).filter((text) => claimsOf(text).some((claim) => jtis.some((jti) => jti === claim)));

/** Whatever has the form of a JWS with claims. */
export const jwtsIn = (leaves: readonly Leaf[]): string[] =>
  texts(leaves).filter((text) => claimsOf(text).length > 0);

export const refreshTokenIn = (
  leaves: readonly Leaf[],
  { grantTokens }: Pick<Ports, 'grantTokens'>,
  { name }: Issuer,
): string | undefined => texts(leaves).find((text) => grantTokens.readRefreshToken(name, text) !== undefined);
