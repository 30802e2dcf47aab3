// Requests as a shell sends them, in the spelling of a dialect: each can be pasted as it is.

import { createHash } from 'node:crypto';
import { type Dialect, type GrantType, urlBelow } from '@tessera-oauth/core';

/** The client that a server for trying out has. */
export const trial = { client_id: 'me', client_secret: 'secret' } as const;

export interface Example {
  readonly title: string;
  /** For a shell, one after the other. */
  readonly lines: readonly string[];
}

/** What a request says: a value, or what a variable of the shell holds. */
type Value = string | { readonly variable: string };
type Parameters = readonly (readonly [name: string, value: Value])[];

const redirectUri = 'https://app.example.com/callback';
const verifier = 'a-code-verifier-has-43-to-128-characters-of-these';

export function examplesOf(dialect: Dialect, issuer: string): Example[] {
  const at = { dialect, url: urlBelow({ issuer }, dialect.paths.token) };
  const codes = dialect.grant_types.includes('authorization_code') ? codeFlow(at, issuer) : [];
  return [...clientCredentials(at), ...codes, ...wrongSecret(at)];
}

interface At {
  readonly dialect: Dialect;
  /** Of the token endpoint. */
  readonly url: string;
}

function clientCredentials(at: At): Example[] {
  if (!at.dialect.grant_types.includes('client_credentials') || isPublic(at.dialect)) return [];
  const parameters: Parameters = [['scope', scopeOf(at.dialect)]];
  return [{ title: 'client_credentials', lines: [tokenRequest(at, 'client_credentials', parameters)] }];
}

function codeFlow(at: At, issuer: string): Example[] {
  const { dialect } = at;
  const sed = String.raw`sed 's/.*[?&]code=\([^&]*\).*/\1/'`;
  const pairs: Parameters = [
    ['code', { variable: 'CODE' }],
    ['redirect_uri', redirectUri],
    ...(bindsByPkce(dialect) ? [['code_verifier', verifier] as const] : []),
  ];
  const redeem = tokenRequest(at, 'authorization_code', pairs);
  const refresh = tokenRequest(at, 'refresh_token', [['refresh_token', { variable: 'REFRESH' }]]);
  return [
    {
      title: 'the authorization request, whose code is in the redirect, and authorization_code',
      lines: [
        `CODE=$(curl -s -o /dev/null -w '%{redirect_url}' ${quoted(authorizationUrl(dialect, issuer))} | ${sed})`,
        `ANSWER=$(${redeem}); echo "$ANSWER"`,
      ],
    },
    ...(dialect.grant_types.includes('refresh_token')
      ? [{ title: 'refresh_token, after these', lines: [`REFRESH=$(${refreshFrom(dialect)})`, refresh] }]
      : []),
  ];
}

function wrongSecret(at: At): Example[] {
  if (isPublic(at.dialect)) return [];
  const credentials = { ...trial, client_secret: 'wrong' };
  const line = at.dialect.grant_types.includes('client_credentials')
    ? tokenRequest(at, 'client_credentials', [['scope', scopeOf(at.dialect)]], credentials)
    : tokenRequest(at, 'authorization_code', [['code', 'x']], credentials);
  return [{ title: 'a wrong secret', lines: [line] }];
}

const isPublic = ({ client_authentication: methods }: Dialect): boolean =>
  methods.every((method) => method === 'none');

/** RFC 9700 §2.1.1: public clients in any case. */
const bindsByPkce = (dialect: Dialect): boolean =>
  dialect.authorization_code?.pkce === 'required' || isPublic(dialect);

function scopeOf({ scope, client_credentials }: Dialect): string {
  const excluded = client_credentials?.excluded_scopes ?? [];
  const names = ['read', 'write', 'files', 'mail'].filter((name) => !excluded.includes(name));
  const [separator = ' '] = scope.accepts;
  return names.slice(0, separator === ' ' ? 1 : 2).join(separator);
}

function authorizationUrl(dialect: Dialect, issuer: string): string {
  const { requests = {}, paths, grant_types, scope } = dialect;
  const given = grant_types.includes('refresh_token')
    ? (dialect.refresh_token?.given ?? 'offline_access')
    : 'always';
  const asked =
    given === 'offline_access' ? [given] : typeof given === 'object' && 'scope' in given ? [given.scope] : [];
  const named =
    typeof given === 'object' && 'parameter' in given ? [[given.parameter, given.value] as const] : [];
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const parameters = [
    ...(requests.otherwise?.response_type === undefined ? [['response_type', 'code'] as const] : []),
    ['client_id', trial.client_id] as const,
    ['redirect_uri', redirectUri] as const,
    ['scope', ['read', ...asked].join(scope.accepts[0])] as const,
    ['state', 'xyz'] as const,
    ...(bindsByPkce(dialect)
      ? ([
          ['code_challenge', challenge],
          ['code_challenge_method', 'S256'],
        ] as const)
      : []),
  ].map(([name, value]) => [aliasOf(requests.names, name), value] as const);
  const query = [...parameters, ...named].map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  return `${urlBelow({ issuer }, paths.authorization ?? '')}?${query}`;
}

function tokenRequest(
  { dialect, url }: At,
  grant: GrantType,
  parameters: Parameters,
  { client_id, client_secret }: { client_id: string; client_secret: string } = trial,
): string {
  const { requests = {}, client_authentication: methods } = dialect;
  const method = methods.find((each) => each !== 'none') ?? 'none';
  const pairs: Parameters = [
    ...(requests.otherwise?.grant_type === grant
      ? []
      : [['grant_type', aliasOf(requests.grant_types, grant)] as const]),
    ...(method === 'client_secret_basic' ? [] : [['client_id', client_id] as const]),
    ...(method === 'client_secret_post' ? [['client_secret', client_secret] as const] : []),
    ...parameters,
  ];
  const spelled = pairs.map(([name, value]) => [aliasOf(requests.names, name), value] as const);
  const user = method === 'client_secret_basic' ? [`-u ${client_id}:${client_secret}`] : [];
  const body = requests.media?.[0] === 'json' ? jsonBody(spelled) : formBody(spelled);
  return ['curl -s', ...user, ...body, quoted(url)].join(' ');
}

/** Another name that stands for `standard`, where the dialect has one. */
const aliasOf = (names: Readonly<Record<string, string>> = {}, standard: string): string =>
  Object.entries(names).find(([, meant]) => meant === standard)?.[0] ?? standard;

const formBody = (parameters: Parameters): string[] =>
  parameters.map(([name, value]) => {
    if (typeof value !== 'string') return `-d "${name}=$${value.variable}"`;
    const isPlain = /^[\w.~:/,-]*$/.test(value);
    return `${isPlain ? '-d' : '--data-urlencode'} ${quoted(`${name}=${value}`)}`;
  });

/** What is between two quotes is a variable. */
function jsonBody(parameters: Parameters): string[] {
  const members = parameters.map(([name, value]) => {
    const text = typeof value === 'string' ? inQuotes(JSON.stringify(value)) : `"'"$${value.variable}"'"`;
    return `${JSON.stringify(name)}:${text}`;
  });
  return [`-H 'Content-Type: application/json'`, `-d '{${members.join(',')}}'`];
}

/** How the refresh token is taken out of $ANSWER. */
function refreshFrom({ answer = {}, answer_media: [form] = ['json'] }: Dialect): string {
  const name = memberFrom(answer, 'refresh_token') ?? 'refresh_token';
  const before = name.replace(/[.*[\]\\^$/&]/g, '\\$&');
  const pattern = form === 'form' ? `.*${before}=\\([^&]*\\).*` : `.*"${before}":"\\([^"]*\\)".*`;
  return `echo "$ANSWER" | sed ${quoted(`s/${pattern}/\\1/`)}`;
}

function memberFrom(members: NonNullable<Dialect['answer']>, source: string): string | undefined {
  for (const [name, rule] of Object.entries(members)) {
    if (rule === source || (typeof rule === 'object' && 'from' in rule && rule.from === source)) return name;
    const inner =
      typeof rule === 'object' && 'members' in rule ? memberFrom(rule.members, source) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** One word of a shell. */
const quoted = (word: string): string => (/^[\w.~:/=,@%-]+$/.test(word) ? word : `'${inQuotes(word)}'`);

const inQuotes = (text: string): string => text.replaceAll("'", `'\\''`);
