// The mock's user: signed in already, and allows everything that an app asks for. No page is shown.

import {
  authorizationAllowed,
  authorizationUnmet,
  type HttpResponse,
  type Interaction,
  type OAuthError,
  type Ports,
  type UserAuthentication,
} from '@tessera-oauth/core';
import { redirect } from '../login/visit/respond.ts';
import { html, render } from '../pages/html.ts';

/** `forced` is thrown in place of giving the session, so that the client gets it as the answer. */
export function createInteraction(
  session: () => Promise<UserAuthentication>,
  forced: OAuthError | undefined,
  ports: () => Ports,
): Interaction {
  let renewed: number | undefined;
  return {
    async session() {
      if (forced !== undefined) throw forced;
      const current = await session();
      return renewed === undefined ? current : { ...current, auth_time: renewed };
    },
    async ask(question, { scope, prompt, max_age }, request, issuer) {
      const context = { request, issuer, ports: ports() };
      const allow = () => authorizationAllowed({ ...context, request: answered(request) }, scope);
      if (question.ask !== 'sign_in') return allow();
      // The user is signed in already, so the request asks for another account.
      if (!prompt.includes('login') && max_age === undefined)
        return authorizationUnmet(context, 'user_of_another_hint');
      renewed = Math.floor(context.ports.clock.now() / 1000);
      return allow();
    },
    refuse: ({ status = 400, description, reason }) => text(status, `${description} (${reason})`),
    formPost: async ({ redirect_uri }, parameters) => formPost(redirect_uri, parameters),
    sendAgain: () => undefined,
    signOut: async ({ continue_uri }) =>
      continue_uri === undefined ? text(200, 'Signed out.') : redirect(continue_uri),
  };
}

/** The request without the parameters that the user has answered by now. */
function answered<Request extends { readonly query: string }>(request: Request): Request {
  const query = new URLSearchParams(request.query);
  for (const name of ['prompt', 'max_age']) query.delete(name);
  return { ...request, query: query.toString() };
}

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
