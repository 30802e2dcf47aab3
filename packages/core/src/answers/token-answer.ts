// The one place that spells a token answer (RFC 6749 §5.1), for every endpoint that gives tokens.

import type { ClaimSource, Dialect } from '../dialects/dialect.ts';
import { type AnswerRule, type Members, type TokenSource, tokenSources } from '../dialects/member-rules.ts';
import { standard } from '../dialects/standard.ts';
import type { Authorization, HttpRequest, Issuer, TokenSet } from '../model.ts';
import type { Ports } from '../ports.ts';
import { claimValues } from '../tokens/claims.ts';
import { compileMembers, type Values } from './compile.ts';

/** All that an answer can say. */
export interface Given {
  readonly tokens: TokenSet;
  readonly authorization: Authorization;
  readonly request: Pick<HttpRequest, 'id'>;
  readonly issuer: Issuer;
  readonly ports: Pick<Ports, 'random'>;
  /** What the sources of claims give, made at most once for an answer. */
  claims?: ReturnType<typeof claimValues>;
}

type Source = TokenSource | ClaimSource;

const ofTokens: { readonly [Name in TokenSource]: (given: Given) => unknown } = {
  access_token: ({ tokens }) => tokens.access_token,
  token_type: ({ tokens }) => tokens.token_type,
  expires_in: ({ tokens }) => tokens.expires_in,
  refresh_token: ({ tokens }) => tokens.refresh_token,
  refresh_expires_in: ({ tokens, authorization }) => {
    const expires_at = authorization.user?.grant?.refresh_expires_at;
    if (tokens.refresh_token === undefined || expires_at == null) return undefined;
    // From when it was given, which is a moment before the token was, and for a repeated answer longer ago.
    const given_at = authorization.repeated
      ? tokens.issued_at * 1000
      : (authorization.user?.grant?.rotated_at ?? 0);
    return Math.max(0, Math.floor((expires_at - given_at) / 1000));
  },
  id_token: ({ tokens }) => tokens.id_token,
  client_name: ({ authorization }) => authorization.client.client_name,
  request_id: ({ request }) => request.id,
  random: ({ ports }) => ports.random.id(),
};

const isOfTokens = (source: string): source is TokenSource => tokenSources.some((name) => name === source);

function read(source: string, given: Given): unknown {
  if (isOfTokens(source)) return ofTokens[source](given);
  const { tokens, authorization, issuer } = given;
  // In a claim scopes are joined by spaces (RFC 9068 §2.2.3), in an answer as the dialect's clients have it.
  if (source === 'scope')
    return tokens.scope.length > 0 ? tokens.scope.join(issuer.dialect.scope.delimiter) : undefined;
  given.claims ??= claimValues(authorization, issuer, tokens.jti, tokens.issued_at);
  return given.claims[source as ClaimSource];
}

const writers = new WeakMap<Dialect, (given: Given) => string>();

/** The JSON of a token answer. */
export function writeTokenAnswer(given: Given): string {
  const { dialect } = given.issuer;
  let write = writers.get(dialect);
  if (write === undefined) {
    write = withTokenType(dialect.answer ?? standard.answer, valuesOf(dialect));
    writers.set(dialect, write);
  }
  return write(given);
}

/** A token that is bound to a key says so, also where the dialect's answers have no `token_type` (RFC 9449 §5). */
function withTokenType(members: Members<AnswerRule<Source>>, values: Values<Given>) {
  const write = compileMembers(members, values);
  if (Object.hasOwn(members, 'token_type')) return write;
  return (given: Given) => {
    const text = write(given);
    const { token_type } = given.tokens;
    return token_type === 'Bearer' ? text : `${text.slice(0, -1)},"token_type":"${token_type}"}`;
  };
}

const valuesOf = ({ expires_in }: Dialect): Values<Given> => ({
  valueOf: read,
  typeOf: (source) => (source === 'expires_in' ? expires_in : undefined),
  isFor: (grant_types, { authorization }) => grant_types.includes(authorization.grant_type),
  codeOf: () => '',
  // A client must not take a token that is bound to a key for one that is good for its bearer (RFC 9449 §5).
  overrule: (name, { tokens }) =>
    name === 'token_type' && tokens.token_type !== 'Bearer' ? tokens.token_type : undefined,
});
