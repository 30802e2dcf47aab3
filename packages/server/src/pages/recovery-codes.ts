// The recovery codes, shown once: for the day when the authenticator app is lost.

import { html } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { link } from './parts.ts';

interface RecoveryCodes {
  readonly codes: readonly string[];
  readonly continue_href: string;
}

export const recoveryCodesPage = (c: PageContext, { codes, continue_href }: RecoveryCodes): string =>
  page(c, (s) => ({
    title: s.recovery_codes,
    scripts: [],
    body: html`<p class="lead">${s.recovery_codes_intro}</p>
<p class="note warning">${s.recovery_codes_once}</p>
<ul class="codes">
${codes.map((code) => html`<li><code>${code}</code></li>\n`)}</ul>
${link(continue_href, s.recovery_codes_kept, html` class="button primary"`)}`,
  }));
