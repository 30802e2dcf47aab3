// A whole dialect, as the server reads it, seen by an API: what its access tokens look like. What could not be checked is
// refused before the first token comes.

import type { Algorithm } from './engine.ts';
import type { TokenDialect } from './token-dialect.ts';

/** The content of a dialect's file, as the server reads it. */
export interface DialectContent {
  /** The name of the dialect. */
  readonly name: string;
  /** The built-in dialect that it builds on. */
  readonly extends?: string;
  /** What it says of access tokens; absent where those of the other dialect are its own. */
  readonly access_token?: object;
  /** What it says of requests and answers, which an API does not see. */
  readonly [member: string]: unknown;
}

/** A claim's source, or an object with one, or a constant. */
type Rule = unknown;

/** What a dialect says of access tokens. */
export interface DialectTokens {
  readonly algs: readonly string[];
  readonly header: { readonly typ: string | null };
  readonly claims: Readonly<Record<string, Rule>>;
}

type Fail = (what: string) => never;
type Named = Readonly<Record<string, DialectTokens>>;

const algorithms: readonly Algorithm[] = ['ES256', 'RS256', 'PS256', 'EdDSA', 'RS512'];

/** Sources that every token has a value from. */
const always = [
  ...['issuer', 'audience', 'subject', 'client_id', 'jti', 'scope_list'],
  ...['issued_at', 'not_before', 'expires_at'],
];

/** Names that the verifier acts on (RFC 7519 §4.1), and what they may be filled from. */
const registered: Readonly<Record<string, readonly string[]>> = {
  iss: ['issuer'],
  aud: ['audience', 'resources'],
  exp: ['expires_at'],
  iat: ['issued_at'],
  nbf: ['not_before', 'issued_at'],
  sub: ['subject', 'client_id', 'user_id', 'user_name', 'owner', 'session_id', 'jti', 'scope'],
};

/** Throws a TypeError for a dialect whose tokens cannot be checked. `builtIn` are those that it may extend. */
export function readDialectContent(content: DialectContent, builtIn: Named): TokenDialect {
  const fail: Fail = (what) => {
    throw new TypeError(`dialect ${content.name}: ${what}`);
  };
  const { algs, header, claims } = tokensOf(content, builtIn, fail);
  const accepted = algorithms.filter((name) => algs.includes(name));
  if (accepted.length === 0 || accepted.length < algs.length)
    fail(`access_token.algs: expected some of ${algorithms.join(', ')}`);
  if (typeof header.typ !== 'string' && header.typ !== null)
    fail('access_token.header.typ: expected a text, or null');
  judgeRegistered(claims, fail);
  const named = Object.entries(claims).map(([name, rule]) => ({ name, source: sourceOf(rule) }));
  const claimFrom = (...sources: string[]): string =>
    named.find(({ source }) => source !== undefined && sources.includes(source))?.name ??
    fail(`its tokens have no claim from ${sources.join(' or ')}`);
  return {
    algorithms: algs as readonly Algorithm[],
    typ: header.typ,
    required: named.flatMap(({ name, source }) => (always.includes(source ?? '') ? [name] : [])),
    scope: claimFrom('scope', 'scope_list'),
    client_id: claimFrom('client_id'),
    jti: claimFrom('jti'),
  };
}

function tokensOf(content: DialectContent, builtIn: Named, fail: Fail): DialectTokens {
  const { extends: base } = content;
  const named = typeof base === 'string' && Object.hasOwn(builtIn, base) ? builtIn[base] : undefined;
  if (base !== undefined && named === undefined)
    fail(
      `it extends ${base}, which is not known here: give the whole dialect, ` +
        `as tessera dialect show ${content.name} -o json > ${content.name}.json writes it`,
    );
  const own = (content.access_token ?? {}) as Partial<DialectTokens>;
  // As the server merges them: lists and claims are replaced as a whole.
  const merged = { ...named, ...own, header: { ...named?.header, ...own.header } };
  const { algs, header, claims } = merged as Partial<DialectTokens>;
  if (!Array.isArray(algs)) return fail('access_token.algs: expected a list');
  if (!isObject(header) || !isObject(claims)) return fail('access_token: expected header and claims');
  return { algs, header, claims };
}

function judgeRegistered(claims: DialectTokens['claims'], fail: Fail): void {
  for (const [name, sources] of Object.entries(registered)) {
    const rule = claims[name];
    if (rule !== undefined && !sources.includes(sourceOf(rule) ?? '') && !isFittingConstant(name, rule))
      fail(`the claim ${name} is not from ${sources.join(' or ')}, and the verifier acts on it by its name`);
  }
  if (claims.exp === undefined) fail('its tokens have no exp, so it could not be seen when they expire');
  if (claims.iat === undefined) fail('its tokens have no iat, so it could not be seen when they were issued');
}

function isFittingConstant(name: string, rule: Rule): boolean {
  const value = isObject(rule) ? rule.value : undefined;
  return (name === 'nbf' && typeof value === 'number') || (name === 'sub' && typeof value === 'string');
}

function sourceOf(rule: Rule): string | undefined {
  const source = isObject(rule) ? rule.from : rule;
  return typeof source === 'string' ? source : undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
