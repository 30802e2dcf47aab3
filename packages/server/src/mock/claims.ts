// Claims that a test chooses, for the access tokens of the token endpoint. A dialect is data, so they are constants of a
// dialect made for the request, and reading a token needs to know nothing of them.

import type { Dialect } from '@tessera-oauth/core';
import { UsageError } from '../model.ts';

export type ChosenClaims = Readonly<Record<string, unknown>>;

export interface ClaimChoice {
  /** For this client alone, beside those for all. */
  readonly client_id?: string | undefined;
  /** Whether claims may be chosen that verifiers act on, such as `iss`, `aud` and `exp`. */
  readonly override?: boolean | undefined;
}

export interface MockClaims {
  /** Adds to the claims chosen before. Throws a UsageError where `choice` does not allow it. */
  set(claims: ChosenClaims, choice?: ClaimChoice): void;
  list(): { readonly all: ChosenClaims; readonly by_client: Readonly<Record<string, ChosenClaims>> };
  clear(): void;
  /** The dialect by which a client's token is spelled. */
  dialectFor(client_id: string | undefined): Dialect;
}

type Rule = Dialect['access_token']['claims'][string];

/** What a verifier judges a token by (RFC 9068 §4), and this server itself. */
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
