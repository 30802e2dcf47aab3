// A client of a mock, over HTTP and nothing else.

import type { Mock } from '@tessera-oauth/server/mock';
import { pkce } from '../support/user-agent.ts';

/** What tests look into, of all that the dialects answer: what an answer does not have is undefined. */
interface Members {
  readonly [name: string]: unknown;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly keys: readonly { readonly kid: string }[];
  /** Tilia's. */
  readonly payload: { readonly token: { readonly access_token: string } };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there is no body. */
  readonly json: Members;
}

type Form = Readonly<Record<string, string>>;

const credentials = { client_id: 'app', client_secret: 'secret' };

export async function post(url: string, form: Form, headers: Record<string, string> = {}): Promise<Answer> {
  return answerOf(await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers }));
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? undefined : JSON.parse(text),
  };
}

/** Requests a token, with the credentials above unless `form` has others. */
export const token = (mock: Mock, form: Form = {}): Promise<Answer> =>
  post(mock.token_endpoint, { ...credentials, grant_type: 'client_credentials', scope: 'read', ...form });

/** Calls the control of the mock, as a test in another process would. */
export const control = async (mock: Mock, path: string, body?: unknown, method = body ? 'POST' : 'GET') =>
  answerOf(
    await fetch(`${mock.control_url}/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );

export async function metadata(mock: Mock): Promise<Record<string, string>> {
  return (await answerOf(await fetch(`${mock.url}/.well-known/openid-configuration`))).json as Readonly<
    Record<string, unknown>
  > as Record<string, string>;
}

export const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

export const callback = 'https://app.example/callback';
const proof = pkce();

/** What the browser is sent back with. */
export async function authorize(mock: Mock, parameters: Form = {}): Promise<URLSearchParams> {
  const { authorization_endpoint } = await metadata(mock);
  const { code_challenge, code_challenge_method } = proof;
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: credentials.client_id,
    redirect_uri: callback,
    scope: 'read offline_access',
    state: 'a state',
    code_challenge,
    code_challenge_method,
    ...parameters,
  });
  const response = await fetch(`${authorization_endpoint}?${query}`, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`${response.status}: ${await response.text()}`);
  return new URL(location).searchParams;
}

export const redeem = (mock: Mock, code: string | null) =>
  post(mock.token_endpoint, {
    ...credentials,
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri: callback,
    code_verifier: proof.code_verifier,
  });

export const refresh = (mock: Mock, refresh_token: string) =>
  post(mock.token_endpoint, { ...credentials, grant_type: 'refresh_token', refresh_token });

/** The tokens of a user who has allowed everything. */
export async function signedIn(mock: Mock, parameters: Form = {}) {
  const answer = await authorize(mock, parameters);
  return (await redeem(mock, answer.get('code'))).json;
}
