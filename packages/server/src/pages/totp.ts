// Codes of an authenticator app (TOTP, RFC 6238): the page that asks for one at sign-in, and the page that sets it up.

import { html, link } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { alert, field, hidden, type Problem, problemText, strong } from './parts.ts';

interface CodeForm {
  readonly action: string;
  readonly csrf: string;
  readonly problem?: Problem | undefined;
  readonly wait_seconds?: number | undefined;
  /** What was sent looked like a recovery code. */
  readonly recovery?: boolean | undefined;
  readonly client_name?: string | undefined;
  /** Where the sign-in begins anew. */
  readonly again_href: string;
}

/** Takes a code of the authenticator app; a recovery code is a click away. */
export function codePage(c: PageContext, data: CodeForm): string {
  const { action, csrf, problem, wait_seconds, recovery = false, client_name, again_href } = data;
  const about = { described: problem !== undefined, invalid: problem === 'wrong' };
  return page(c, (s) => ({
    title: s.enter_code,
    problem: problem !== undefined,
    body: html`<p class="lead">${client_name !== undefined && html`${s.to_continue_to(strong(client_name))}<br>`}${s.enter_code_intro}</p>
${problem !== undefined && alert(problemText(c, s, problem, { wrong: recovery ? s.wrong_recovery_code : s.wrong_code, wait_seconds }))}
<form method="post" action="${action}" class="fields">
${hidden({ csrf })}
${field({
  name: 'code',
  label: s.code,
  attributes: html`type="text" class="code" inputmode="numeric" autocomplete="one-time-code"`,
  focus: !recovery,
  ...(!recovery && about),
})}
<button class="primary">${s.confirm}</button>
</form>
<details${recovery && html` open`}>
<summary>${s.recovery_instead}</summary>
<form method="post" action="${action}" class="fields">
${hidden({ csrf })}
${field({
  name: 'code',
  id: 'recovery-code',
  label: s.recovery_code,
  hint: s.recovery_hint,
  attributes: html`type="text" class="code" autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false"`,
  focus: recovery,
  ...(recovery && about),
})}
<button>${s.sign_in}</button>
</form>
</details>
<p>${link(again_href, s.use_another_account)}</p>`,
  }));
}

interface TotpSetup {
  readonly csrf: string;
  readonly action: string;
  /** Base32. */
  readonly secret: string;
  readonly otpauth_uri: string;
  readonly qr_svg: string;
  readonly problem?: Problem | undefined;
}

export function totpSetupPage(c: PageContext, data: TotpSetup): string {
  const { csrf, action, secret, otpauth_uri, qr_svg, problem } = data;
  // In an <img> no script of the drawing can run.
  const picture = `data:image/svg+xml,${encodeURIComponent(qr_svg)}`;
  return page(c, (s) => ({
    title: s.totp_setup,
    problem: problem !== undefined,
    body: html`${problem !== undefined && alert(problemText(c, s, problem, { wrong: s.wrong_code }))}
<p class="lead">${s.totp_scan}</p>
<img class="qr" src="${picture}" alt="${s.totp_qr}" width="200" height="200">
<p class="hint">${s.totp_by_hand}</p>
<p><code class="secret">${secret.match(/.{1,4}/g)?.join(' ')}</code></p>
<p>${link(otpauth_uri, s.totp_open)}</p>
<form method="post" action="${action}" class="fields">
${hidden({ csrf })}
<p>${s.totp_enter}</p>
${field({
  name: 'code',
  label: s.code,
  attributes: html`type="text" class="code" inputmode="numeric" autocomplete="one-time-code"`,
  focus: problem !== undefined,
  described: problem !== undefined,
  invalid: problem === 'wrong',
})}
<button class="primary">${s.confirm}</button>
</form>`,
  }));
}
