// The choice of an account, where the browser has a session (OpenID Connect Core 1.0 §3.1.2.1, prompt=select_account).

import { html, link } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { hidden, strong } from './parts.ts';

interface SelectAccount {
  readonly action: string;
  readonly csrf: string;
  readonly user: string;
  readonly client_name: string;
  readonly other_href: string;
}

export const selectAccountPage = (
  c: PageContext,
  { action, csrf, user, client_name, other_href }: SelectAccount,
): string =>
  page(c, (s) => ({
    title: s.select_account,
    body: html`<p class="lead">${s.to_continue_to(strong(client_name))}</p>
<form method="post" action="${action}">
${hidden({ csrf })}
<button class="primary">${s.continue_as(strong(user))}</button>
<p>${link(other_href, s.use_another_account, html` class="button"`)}</p>
<button name="decision" value="cancel">${s.back_to_app}</button>
</form>`,
  }));
