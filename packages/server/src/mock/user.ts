// The mock's user: signed in already, and allows whatever an app asks for. No page is shown.

import { randomUUID } from 'node:crypto';
import {
  authorizationAllowed,
  authorizationEndpoint,
  authorizationOfAnother,
  type Endpoint,
  type HttpResponse,
  type Interaction,
  isForm,
  type OAuthError,
  type Ports,
  readEndSessionRequest,
  type UserAuthentication,
} from '@tessera/core';
import type { Kysely } from 'kysely';
import type { UserRoutes } from '../http/router.ts';
import { html, render } from '../login/pages/html.ts';
import { redirect } from '../login/respond.ts';
import { UsageError } from '../model.ts';
import type { Schema } from '../store/schema.ts';
import { createSession } from '../store/sessions.ts';
import { createUser, updateUser } from '../store/users.ts';
import type { MockUser } from './options.ts';

/** Signs a user in, who is made, or changed to be so. `now` in epoch milliseconds. */
export async function signIn(db: Kysely<Schema>, user: MockUser, now: number): Promise<UserAuthentication> {
  const { id = 'user-1', name = 'Test User' } = user;
  const email = user.email ?? `${id}@example.com`;
  const profile = { name, email, email_verified: true };
  // As old as can be: tokens from before are good wherever the clock is.
  const made = await createUser(db, { id, login: user.login ?? email, password_hash: null, ...profile }, 0);
  if (!made && !(await updateUser(db, id, profile, 0)))
    throw new UsageError(`user: another has the login ${user.login ?? email}`);
  const session_id = randomUUID();
  const session = {
    user_id: id,
    auth_time: Math.floor(now / 1000),
    amr: ['pwd'],
    identity_provider: 'local',
  };
  await createSession(
    db,
    { id: session_id, hash: session_id, expires_at: Number.MAX_SAFE_INTEGER, ...session },
    0,
  );
  return { ...session, session_id };
}

/** `forced` is thrown where the session would be found, so that the client is told of it. */
export function createInteraction(
  session: UserAuthentication,
  forced: OAuthError | undefined,
  ports: () => Ports,
): Interaction {
  let current = session;
  return {
    async session() {
      if (forced !== undefined) throw forced;
      return current;
    },
    async ask(question, { scope, prompt, max_age }, request, issuer) {
      if (question.ask !== 'sign_in') return authorizationAllowed(answered(request), issuer, ports(), scope);
      // The user is signed in as recently as can be: only another one could be meant.
      if (!prompt.includes('login') && max_age === undefined)
        return authorizationOfAnother(request, issuer, ports());
      current = { ...session, auth_time: Math.floor(ports().clock.now() / 1000) };
      return authorizationAllowed(answered(request), issuer, ports(), scope);
    },
    refuse: ({ status = 400, description, reason }) => text(status, `${description} (${reason})`),
    formPost: async ({ redirect_uri }, parameters) => formPost(redirect_uri, parameters),
  };
}

/** The request without what the user has answered by now. */
function answered<Request extends { readonly query: string }>(request: Request): Request {
  const query = new URLSearchParams(request.query);
  for (const name of ['prompt', 'max_age']) query.delete(name);
  return { ...request, query: query.toString() };
}

export const userRoutes: UserRoutes = {
  pages: [],
  authorization: (request, issuer, ports) => {
    if (request.method !== 'POST' || !isForm(request)) return authorizationEndpoint(request, issuer, ports);
    const query = Buffer.from(request.body).toString();
    return authorizationEndpoint({ ...request, method: 'GET', query, body: new Uint8Array() }, issuer, ports);
  },
  endSession: (async (request, issuer, ports) => {
    const { continue_uri } = await readEndSessionRequest(request, issuer, ports);
    return continue_uri === undefined ? text(200, 'Signed out.') : redirect(continue_uri);
  }) satisfies Endpoint,
};

const formPost = (action: string, parameters: Readonly<Record<string, string>>): HttpResponse => {
  const inputs = Object.entries(parameters).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const form = html`<form method="post" action="${action}">${inputs}<button>Continue</button></form>`;
  return answer(
    200,
    'text/html',
    `<!doctype html>${render(form)}<script>document.forms[0].submit()</script>`,
  );
};

const text = (status: number, body: string) => answer(status, 'text/plain', `${body}\n`);

const answer = (status: number, type: string, body: string): HttpResponse => ({
  status,
  headers: { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' },
  body,
});
