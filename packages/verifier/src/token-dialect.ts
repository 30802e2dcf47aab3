// What the access tokens of a dialect look like, as far as an API has to know: the server's dialects, seen by an API.

import type { Algorithm } from './engine.ts';

/** What the access tokens of a dialect look like. */
export interface TokenDialect {
  /** The algorithms that its tokens are signed with (RFC 7518 §3.1). */
  readonly algorithms: readonly Algorithm[];
  /** The `typ` of the header (RFC 7515 §4.1.9); null if it has none. */
  readonly typ: string | null;
  /** Claims that every token has. An `iss` or `aud` that is not listed is still checked in a token that has it. */
  readonly required: readonly string[];
  /** The name of the claim with the scopes: a list, or a string with spaces between them. */
  readonly scope: string;
  /** The name of the claim with the client's id. */
  readonly client_id: string;
  /** The name of the claim with the token's id. */
  readonly jti: string;
}

const common = { client_id: 'client_id', jti: 'jti' } as const;

/** The dialects that a Tessera server has built in, by their names. */
export const tokenDialects = {
  /** The JWT profile for access tokens (RFC 9068 §2). */
  standard: {
    ...common,
    algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    typ: 'at+jwt',
    required: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
    scope: 'scope',
  },
  /** Tokens have an `aud` if the client has asked for a resource (RFC 8707); ID tokens have a `typ`, these have none. */
  trelica: {
    ...common,
    algorithms: ['RS256'],
    typ: null,
    required: ['iss', 'nbf', 'exp', 'iat', 'client_id', 'jti', 'scope'],
    scope: 'scope',
  },
  /** Tokens have neither `iss` nor `aud`: each is good at every API of its issuer. */
  tilia: {
    ...common,
    algorithms: ['RS512'],
    typ: 'JWT',
    required: ['client_id', 'exp', 'iat', 'jti', 'scopes'],
    scope: 'scopes',
  },
} as const satisfies Record<string, TokenDialect>;

/** The name of a built-in dialect. */
export type DialectName = keyof typeof tokenDialects;
