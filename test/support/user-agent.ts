// A browser without a screen: keeps cookies, follows what it is told to, fills in the forms of the pages.

import { createHash, randomBytes } from 'node:crypto';
import type { Issuer } from '@tessera-oauth/core';
import { registerUser } from '../../packages/server/src/admin/users.ts';
import type { TestServer } from './server.ts';

export interface TestUser {
  readonly id: string;
  readonly login: string;
  readonly password: string;
}

type Passwords = TestServer['instance']['admin']['passwords'];

/** Of each server: three slow hashes are made, and its users have their passwords in turn, so that neighbours differ. */
const passwordsOf = new WeakMap<Passwords, () => Passwords>();

function passwordsInTurn(passwords: Passwords): Passwords {
  const next = passwordsOf.get(passwords) ?? takeTurns(passwords);
  passwordsOf.set(passwords, next);
  return next();
}

function takeTurns(passwords: Passwords): () => Passwords {
  const made: Passwords[] = [];
  let turn = 0;
  return () => {
    const place = turn++ % 3;
    const password = passwords.generate();
    const hash = made[place] === undefined ? passwords.hash(password) : undefined;
    made[place] ??= { ...passwords, generate: () => password, hash: () => hash ?? passwords.hash(password) };
    return made[place];
  };
}

/** Adds a user. */
export async function createTestUser(
  server: TestServer,
  login = `user-${randomBytes(4).toString('hex')}`,
  members: { readonly owner?: string } = {},
) {
  const email = `${login.split('@')[0]}@example.com`;
  const { admin } = server.instance;
  const context = { ...admin, passwords: passwordsInTurn(admin.passwords) };
  const { user, password } = await registerUser(context, {
    login,
    name: 'Ann Example',
    email,
    ...members,
  });
  return { id: user.id, login, password: password ?? '' } satisfies TestUser;
}

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where it redirects to, as an absolute URL. */
  readonly location: string | undefined;
}

export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

const unescapeHtml = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
};

/** The forms of a page whose action holds `part`, with their hidden fields. */
export function formOf(page: Page, part = ''): Form {
  for (const [, head = '', body = ''] of page.text.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    const action = attribute(head, 'action') ?? '';
    if (!action.includes(part)) continue;
    const hidden = [...body.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => tag);
    const fields = Object.fromEntries(
      hidden.map((tag) => [attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? '']),
    );
    return { action: new URL(action, page.url).toString(), fields };
  }
  throw new Error(`no form for "${part}" on ${page.url} (${page.status}): ${page.text.slice(0, 300)}`);
}

/** The heading of a page, without markup. */
export const headingOf = ({ text }: Page): string =>
  unescapeHtml((/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(text)?.[1] ?? '').replace(/<[^>]*>/g, '')).trim();

/** Whether a form did nothing: refused, or led back to its question, which stands on the same server. */
export const didNothing = ({ status, location, url, headers }: Page): boolean =>
  !headers.getSetCookie().some((line) => /tessera-(session|step)=/.test(line)) &&
  (location === undefined
    ? status === 403
    : status === 303 && new URL(location).origin === new URL(url).origin);

export class UserAgent {
  readonly cookies = new Map<string, string>();
  readonly headers: Record<string, string>;

  constructor(headers: Record<string, string> = {}) {
    this.headers = headers;
  }

  async fetch(url: string | URL, init: RequestInit = {}): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...this.headers, ...(cookie !== '' && { cookie }), ...(init.headers as object) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#store(line);
    const location = response.headers.get('location');
    return {
      url: url.toString(),
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location === null ? undefined : new URL(location, url).toString(),
    };
  }

  get = (url: string | URL): Promise<Page> => this.fetch(url);

  post = (url: string | URL, fields: Record<string, string>): Promise<Page> =>
    this.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });

  submit = (form: Form, fields: Record<string, string> = {}): Promise<Page> =>
    this.post(form.action, { ...form.fields, ...fields });

  /** Follows redirects for as long as they stay on the server that `page` came from. */
  async follow(page: Page): Promise<Page> {
    let current = page;
    while (current.location !== undefined && new URL(current.location).origin === new URL(current.url).origin)
      current = await this.get(current.location);
    return current;
  }

  /** Signs in on the page of a request that needs it; gives the page behind. */
  async signIn(page: Page, { login, password }: Pick<TestUser, 'login' | 'password'>): Promise<Page> {
    return this.follow(await this.submit(formOf(page, '/account/sign-in'), { login, password }));
  }

  /** Answers a consent page; gives the redirect to the client. */
  decide = (page: Page, decision: 'allow' | 'deny'): Promise<Page> =>
    this.submit(formOf(page, '/account/consent'), { decision });

  #store(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals);
    if (attributes.some((each) => /^max-age=0$/i.test(each))) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(equals + 1));
  }
}

/** A PKCE pair (RFC 7636 §4). */
export function pkce() {
  const code_verifier = randomBytes(32).toString('base64url');
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
  return { code_verifier, code_challenge, code_challenge_method: 'S256' };
}

/** The URL of an authorization request. */
export function authorizationUrl(issuer: Issuer, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(issuer.issuer + issuer.dialect.paths.authorization);
  url.search = new URLSearchParams({ response_type: 'code', ...parameters }).toString();
  return url.toString();
}

/** Goes through a request to its end: signs in and allows, where it is asked. Gives the answer to the client. */
export async function authorize(agent: UserAgent, url: string, user: TestUser): Promise<URL> {
  let page = await agent.follow(await agent.get(url));
  if (page.location === undefined && page.text.includes('/account/sign-in'))
    page = await agent.signIn(page, user);
  if (page.location === undefined) page = await agent.decide(page, 'allow');
  if (page.location === undefined) throw new Error(`no redirect: ${page.status} ${headingOf(page)}`);
  return new URL(page.location);
}
