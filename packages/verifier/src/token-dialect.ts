// What the access tokens of a dialect look like, as far as an API has to know: the server's dialects, seen from here.

import type { Algorithm } from './engine.ts';

export interface TokenDialect {
  readonly algorithms: readonly Algorithm[];
  /** The `typ` of the header; null: there is none. */
  readonly typ: string | null;
  /** Claims that every token has. Those of `iss` and `aud` that are not among them are checked where they are there. */
  readonly required: readonly string[];
  /** The claim with the scopes: a list, or a string with spaces between them. */
  readonly scope: string;
  readonly client_id: string;
  readonly jti: string;
}

const common = { client_id: 'client_id', jti: 'jti' } as const;

export const tokenDialects = {
  /** RFC 9068 §2. */
  standard: {
    ...common,
    algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    typ: 'at+jwt',
    required: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
    scope: 'scope',
  },
  /** Has an `aud` where the client has asked for a resource (RFC 8707). Its ID tokens have a `typ`. */
  trelica: {
    ...common,
    algorithms: ['RS256'],
    typ: null,
    required: ['iss', 'nbf', 'exp', 'iat', 'client_id', 'jti', 'scope'],
    scope: 'scope',
  },
  tilia: {
    ...common,
    algorithms: ['RS512'],
    typ: 'JWT',
    required: ['client_id', 'exp', 'iat', 'jti', 'scopes'],
    scope: 'scopes',
  },
} as const satisfies Record<string, TokenDialect>;

export type DialectName = keyof typeof tokenDialects;
