// What the access tokens of a dialect look like, as far as an API has to know.

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
