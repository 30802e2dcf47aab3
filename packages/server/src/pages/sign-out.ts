// Signing out (OpenID Connect RP-Initiated Logout 1.0 §2): the question, and the page after it.

import { html, link } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { hidden, strong } from './parts.ts';

interface SignOut {
  readonly action: string;
  readonly csrf: string;
  readonly user?: string | undefined;
  readonly client_name?: string | undefined;
}

export const signOutPage = (c: PageContext, { action, csrf, user, client_name }: SignOut): string =>
  page(c, (s) => ({
    title: s.sign_out_title,
    body: html`${client_name !== undefined && html`<p class="lead">${s.sign_out_asked(strong(client_name))}</p>`}
${user !== undefined && html`<p class="lead">${s.signed_in_as(strong(user))}</p>`}
<form method="post" action="${action}">
${hidden({ csrf })}
<button class="primary">${s.sign_out}</button>
</form>
${link(c.base, s.stay_signed_in, html` class="button"`)}`,
  }));

export const signedOutPage = (c: PageContext): string =>
  page(c, (s) => ({
    title: s.signed_out,
    scripts: [],
    body: html`<p class="lead">${s.signed_out_text}</p>
${link(`${c.base}/sign-in`, s.sign_in_again, html` class="button"`)}`,
  }));
