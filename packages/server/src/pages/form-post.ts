// The answer as a form that the browser posts to the client (OAuth 2.0 Form Post Response Mode §2).

import { html } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { hidden } from './parts.ts';

interface FormPost {
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** page.js posts it at once; without JavaScript there is the button. */
export const formPostPage = (c: PageContext, { action, parameters }: FormPost): string =>
  page(c, (s) => ({
    title: s.form_post,
    body: html`<p class="lead">${s.form_post_text}</p>
<form method="post" action="${action}" data-submit="now">
${hidden(parameters)}
<button class="primary">${s.continue}</button>
</form>`,
  }));
