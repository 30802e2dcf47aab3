// Claims that a test chooses, for the access tokens of the token endpoint. A dialect is data, so the claims are constants
// in a dialect that is made for the request; code that reads tokens need not know of them.

import type { Dialect } from '@tessera-oauth/core';
import { UsageError } from '../model.ts';

/** Claims to add to access tokens, by name; a value is anything that JSON can say. */
export type ChosenClaims = Readonly<Record<string, unknown>>;

/** Which tokens get the chosen claims. */
export interface ClaimChoice {
  /** Only tokens of this client get them; without it, tokens of all clients. */
  readonly client_id?: string | undefined;
  /** Whether claims may be replaced that verifiers act on, such as `iss`, `aud` and `exp`. False by default. */
  readonly override?: boolean | undefined;
}

export interface MockClaims {
  /** Adds to the claims chosen before. Throws a UsageError if verifiers act on one of them and `override` is not set. */
  set(claims: ChosenClaims, choice?: ClaimChoice): void;
  list(): { readonly all: ChosenClaims; readonly by_client: Readonly<Record<string, ChosenClaims>> };
  clear(): void;
  /** The dialect of the issuer, with the claims that were chosen for the client. */
  dialectFor(client_id: string | undefined): Dialect;
}

type Rule = Dialect['access_token']['claims'][string];

/** The sources of the claims that a verifier judges a token by (RFC 9068 §4), this server included. */
const judged: readonly unknown[] =
  'issuer audience resources subject client_id scope scope_list issued_at not_before expires_at jti'.split(
    ' ',
  );

export function createClaims(dialect: Dialect): MockClaims {
  const rules = dialect.access_token.claims;
  const isJudged = (name: string) => {
    const rule: Rule | undefined = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const source = typeof rule === 'object' && 'from' in rule ? rule.from : rule;
    return judged.includes(source) || ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub'].includes(name);
  };
  let all: ChosenClaims = {};
  let byClient = new Map<string, ChosenClaims>();
  return {
    set(claims, { client_id, override = false } = {}) {
      const guarded = Object.keys(claims).find(isJudged);
      if (guarded !== undefined && !override)
        throw new UsageError(
          `claims.${guarded}: verifiers act on it; setClaims and POST /_mock/claims take it with "override": true`,
        );
      if (client_id === undefined) all = { ...all, ...claims };
      else byClient.set(client_id, { ...byClient.get(client_id), ...claims });
    },
    list: () => ({ all, by_client: Object.fromEntries(byClient) }),
    clear() {
      all = {};
      byClient = new Map();
    },
    dialectFor(client_id) {
      const chosen = Object.entries({ ...all, ...byClient.get(client_id ?? '') });
      if (chosen.length === 0) return dialect;
      const constants = Object.fromEntries(chosen.map(([name, value]) => [name, { value }]));
      return { ...dialect, access_token: { ...dialect.access_token, claims: { ...rules, ...constants } } };
    },
  };
}
