// What the demo app does over the wire: the code flow with PKCE (RFC 6749 §4.1, RFC 7636), a refresh (§6), and a request
// to an API (RFC 6750 §2.1). Each becomes a step to be shown.

import { hash, randomBytes } from 'node:crypto';
import { urlBelow } from '@tessera-oauth/core';
import type { ServedIssuer } from '../../model.ts';
import { demoIssuers, demoUserScopes } from './issuers.ts';
import type { Demo } from './registration.ts';

/** What the app needs to know of itself. */
export interface AppFacts {
  readonly demo: Demo;
  readonly origin: string;
}

/** An authorization request under way. */
export interface Begun {
  readonly issuer: ServedIssuer;
  readonly url: string;
  readonly state: string;
  readonly code_verifier: string;
}

type Parameters = Readonly<Record<string, string>>;

/** One exchange, as it went over the wire; the secret of the app is left out. */
export interface Step {
  readonly kind: 'authorization' | 'callback' | 'code' | 'refresh' | 'api';
  readonly request: string;
  readonly parameters: Parameters;
  readonly status?: number;
  readonly answer?: unknown;
}

/** All that one sign-in has led to. */
export interface Run {
  readonly issuer: ServedIssuer;
  readonly steps: Step[];
  tokens: Readonly<Record<string, unknown>>;
}

/** The first scope of the issuer, which the app's own API requires. */
export const apiScope = (issuer: string): string =>
  Object.keys(demoIssuers.find((each) => each.issuer.name === issuer)?.scopes ?? {})[0] ?? '';

export function begin(issuer: ServedIssuer, { demo, origin }: AppFacts): Begun {
  const [state, code_verifier] = [16, 32].map((bytes) => randomBytes(bytes).toString('base64url')) as [
    string,
    string,
  ];
  const scopes = Object.keys(demoIssuers.find((each) => each.issuer.name === issuer.name)?.scopes ?? {});
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: demo.apps[issuer.name]?.client_id ?? '',
    redirect_uri: `${origin}/callback`,
    scope: [...scopes.slice(0, 2), ...demoUserScopes].join(' '),
    state,
    code_challenge: hash('sha256', code_verifier, 'base64url'),
    code_challenge_method: 'S256',
  });
  const url = `${urlBelow(issuer, issuer.dialect.paths.authorization ?? '')}?${query}`;
  return { issuer, url, state, code_verifier };
}

/** Judges the answer of the authorization endpoint and redeems its code; throws where there is none. */
export async function finish(
  begun: Begun | undefined,
  answer: URLSearchParams,
  facts: AppFacts,
): Promise<Run> {
  if (begun === undefined)
    throw new Error('This app did not ask for that answer, so it looks no further at it.');
  // RFC 9207 §2.4: an answer of another server is not sent to this one.
  if (answer.get('iss') !== begun.issuer.issuer) throw new Error('The answer comes from another server.');
  const code = answer.get('code');
  if (code === null) throw new Error(`${answer.get('error')}: ${answer.get('error_description')}`);
  const asked = new URL(begun.url);
  const run: Run = {
    issuer: begun.issuer,
    steps: [
      {
        kind: 'authorization',
        request: `GET ${asked.pathname}`,
        parameters: Object.fromEntries(asked.searchParams),
      },
      { kind: 'callback', request: 'GET /callback', parameters: Object.fromEntries(answer) },
    ],
    tokens: {},
  };
  const redirect_uri = `${facts.origin}/callback`;
  const grant = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: begun.code_verifier };
  await requestTokens('code', run, grant, facts);
  return run;
}

/** Another access token, without the user. */
export const refresh = (run: Run, facts: AppFacts): Promise<void> =>
  requestTokens(
    'refresh',
    run,
    { grant_type: 'refresh_token', refresh_token: String(run.tokens.refresh_token) },
    facts,
  );

async function requestTokens(
  kind: 'code' | 'refresh',
  run: Run,
  grant: Parameters,
  { demo }: AppFacts,
): Promise<void> {
  const { issuer, dialect, name } = run.issuer;
  const { client_id = '', client_secret = '' } = demo.apps[name] ?? {};
  const token_endpoint = urlBelow({ issuer }, dialect.paths.token);
  const answered = await fetch(token_endpoint, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams(grant),
  });
  const answer = (await answered.json()) as Record<string, unknown>;
  const request = `POST ${new URL(token_endpoint).pathname}`;
  const parameters = { Authorization: `Basic ${client_id}:•••`, ...grant };
  run.steps.push({ kind, request, parameters, status: answered.status, answer });
  if (answered.ok) run.tokens = { ...run.tokens, ...answer };
}

/** Asks the app's own API, as another company's service would ask one of yours. */
export async function callApi(run: Run, { origin }: AppFacts): Promise<void> {
  const path = `/api/${run.issuer.name}`;
  const authorization = `Bearer ${run.tokens.access_token}`;
  const answered = await fetch(origin + path, { headers: { Authorization: authorization } });
  run.steps.push({
    kind: 'api',
    request: `GET ${path}`,
    parameters: { Authorization: authorization },
    status: answered.status,
    answer: await answered.json(),
  });
}
