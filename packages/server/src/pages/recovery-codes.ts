// The recovery codes, shown once: for the day when the authenticator app is lost.

import { html, link } from './html.ts';
import { type PageContext, page } from './layout.ts';

interface RecoveryCodes {
  readonly codes: readonly string[];
  readonly continue_href: string;
}

export const recoveryCodesPage = (c: PageContext, { codes, continue_href }: RecoveryCodes): string =>
  page(c, (s) => ({
    title: s.recovery_codes,
    body: html`<p class="lead">${s.recovery_codes_intro}</p>
<p class="note warning">${s.recovery_codes_once}</p>
<ul class="codes" id="codes">
${codes.map((code) => html`<li><code>${code}</code></li>\n`)}</ul>
<div class="answers keep">
<button type="button" data-copy="codes" data-copied="${s.copied}" hidden>${s.copy}</button>
<a class="button" referrerpolicy="no-referrer" download="recovery-codes.txt" href="data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join('\n')}\n`)}">${s.download}</a>
</div>
${link(continue_href, s.recovery_codes_kept, html` class="button primary"`)}`,
  }));
