// The part of the account page about signing in: passkeys, TOTP and password.

import type { Account, Passkey } from './account-data.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './layout.ts';
import { alert, day, field, hidden, named, passwordField, problemText } from './parts.ts';
import type { Strings } from './strings/index.ts';

/** The same as in credentials/passwords.ts; a test compares the two. */
const shortestPassword = 8;

export const passkeySection = (c: PageContext, s: Strings, data: Account): Html => html`<section>
<h2>${s.passkeys}</h2>
<p>${s.passkeys_intro}</p>
${
  data.passkeys.length === 0
    ? html`<p class="hint">${s.no_passkeys}</p>`
    : html`<ul class="rows">
${data.passkeys.map((passkey, index) => passkeyRow(c, s, data, passkey, index))}</ul>`
}
${data.passkey_options !== undefined && passkeyForm(s, data, data.passkey_options)}
</section>`;

const passkeyRow = (
  c: PageContext,
  s: Strings,
  { csrf, action_base }: Account,
  { id, name, created_at, last_used_at }: Passkey,
  index: number,
): Html => html`<li>
<div class="what">
<h3 id="passkey-${index}">${named(name)}</h3>
<p class="hint">${s.added_on(day(c, created_at))}</p>
<p class="hint">${last_used_at === null ? s.never_used : s.last_used_on(day(c, last_used_at))}</p>
</div>
<form method="post" action="${action_base}/passkeys/remove">
${hidden({ csrf, id })}
<button class="danger" aria-describedby="passkey-${index}">${s.remove}</button>
</form>
</li>
`;

const passkeyForm = (
  s: Strings,
  { csrf, action_base, problem }: Account,
  options: string,
): Html => html`<noscript>
<p class="hint">${s.passkey_needs_script}</p>
</noscript>
<form method="post" action="${action_base}/passkeys/add" class="fields passkey" data-passkey="create" data-options="${options}">
${hidden({ csrf, credential: '' })}
${field({
  name: 'name',
  label: s.passkey_name,
  hint: s.passkey_name_hint,
  attributes: html`type="text" maxlength="64" autocomplete="off"`,
})}
<button>${s.passkey_add}</button>
<p class="note problem" role="alert" data-failed="${s.passkey_add_failed}" data-exists="${s.passkey_exists}"${problem === 'passkey' ? html`>${s.passkey_add_failed}` : html` hidden>`}</p>
</form>`;

export const totpSection = (
  s: Strings,
  { csrf, action_base, totp, recovery_codes_left }: Account,
): Html => html`<section>
<h2>${s.totp} <span class="state${totp && ' on'}">${totp ? s.on : s.off}</span></h2>
<p>${s.totp_intro}</p>
${totp && html`<p class="${recovery_codes_left < 3 ? 'note warning' : 'hint'}">${s.recovery_codes_left(recovery_codes_left)}</p>`}
<form method="post" action="${action_base}/totp/${totp ? 'off' : 'start'}">
${hidden({ csrf })}
<button${totp && html` class="danger"`}>${totp ? s.totp_stop : s.totp_start}</button>
</form>
</section>`;

/** The hidden user name tells password managers whose password changes. */
export function passwordSection(c: PageContext, s: Strings, data: Account): Html {
  const { csrf, action_base, user, wait_seconds } = data;
  const problem = data.problem === 'passkey' ? undefined : data.problem;
  const ofCurrent = problem === 'wrong' || problem === 'throttled';
  const ofNew = problem !== undefined && !ofCurrent;
  const message = ofNew
    ? s.password_objections[problem](shortestPassword)
    : problem !== undefined && problemText(c, s, problem, { wrong: s.wrong_current_password, wait_seconds });
  return html`<section>
<h2>${s.password}</h2>
${message !== false && alert(message)}
<form method="post" action="${action_base}/password" class="fields">
${hidden({ csrf })}
<input type="text" value="${user.login ?? user.name}" autocomplete="username" readonly hidden>
${passwordField(s, {
  name: 'password',
  label: s.password_current,
  attributes: html`autocomplete="current-password"`,
  focus: ofCurrent,
  described: ofCurrent,
  invalid: problem === 'wrong',
})}
${passwordField(s, {
  name: 'new_password',
  label: s.password_new,
  hint: s.password_hint(shortestPassword),
  attributes: html`autocomplete="new-password" minlength="${shortestPassword}"`,
  focus: ofNew,
  described: ofNew,
  invalid: ofNew,
})}
<button>${s.password_change}</button>
</form>
</section>`;
}
