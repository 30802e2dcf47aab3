// A user's account page: the apps that have access to the account, and the ways to sign in to it.

import type { Account } from './account-data.ts';
import { passkeySection, passwordSection, totpSection } from './account-sign-in.ts';
import { type Html, html } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { appLogo, day, hidden, named, scopeList, strong } from './parts.ts';
import { languages, type Strings } from './strings/index.ts';

export function accountPage(c: PageContext, data: Account): string {
  const { csrf, action_base, user, local, notice, problem } = data;
  return page(c, (s) => ({
    title: s.account,
    wide: true,
    problem: problem !== undefined,
    scripts: local && data.passkey_options !== undefined ? ['passkey', 'page'] : ['page'],
    body: html`<div class="who">
<p>${s.signed_in_as(strong(user.name))}${user.login !== undefined && user.login !== user.name && html`<br><span class="hint"><bdi>${user.login}</bdi></span>`}</p>
<form method="post" action="${action_base}/sign-out">${hidden({ csrf })}<button>${s.sign_out}</button></form>
</div>
${notice !== undefined && html`<p class="note done" role="status">${s.notices[notice]}</p>`}
${appsSection(c, s, data)}
${sessionsSection(c, s, data)}
${local && html`${passkeySection(c, s, data)}\n${totpSection(s, data)}\n${passwordSection(c, s, data)}`}
${languageSection(c, s, data)}`,
  }));
}

/** Each language in its own words. */
const languageSection = (c: PageContext, s: Strings, { csrf, action_base }: Account): Html => html`<section>
<h2>${s.language}</h2>
<form method="post" action="${action_base}/language" class="language">
${hidden({ csrf })}
<select name="language" aria-label="${s.language}" autocomplete="off">
${languages.map(
  (tag) =>
    html`<option value="${tag}" lang="${tag}"${tag === c.language && html` selected`}>${new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag}</option>\n`,
)}</select>
<button>${s.language_change}</button>
</form>
</section>`;

const sessionsSection = (
  c: PageContext,
  s: Strings,
  { csrf, action_base, sessions }: Account,
): Html => html`<section>
<h2>${s.sessions}</h2>
<p>${s.sessions_intro}</p>
<ul class="rows">
${sessions.map(
  ({ id, device, since, last_seen_at, current }, index) => html`<li>
<div class="what">
<h3 id="session-${index}">${device ?? s.unknown_device}${current && html` <span class="state on">${s.this_browser}</span>`}</h3>
${since !== undefined && html`<p class="hint">${s.signed_in_on(day(c, since))}</p>`}
<p class="hint">${s.last_used_on(day(c, last_seen_at))}</p>
</div>
${
  !current &&
  html`<form method="post" action="${action_base}/sessions/end">
${hidden({ csrf, id })}
<button class="danger" aria-describedby="session-${index}">${s.sign_out}</button>
</form>`
}
</li>
`,
)}</ul>
</section>`;

const appsSection = (c: PageContext, s: Strings, { csrf, action_base, apps }: Account): Html => html`<section>
<h2>${s.connected_apps}</h2>
${
  apps.length === 0
    ? html`<p>${s.no_apps}</p>`
    : html`<p>${s.connected_apps_intro}</p>
<ul class="rows">
${apps.map(
  (app, index) => html`<li>
${appLogo(app)}
<div class="what">
<h3 id="app-${index}">${named(app.name)}</h3>
<p class="hint">${s.access_since(day(c, app.since))}</p>
${scopeList(s, app.scopes)}
</div>
<form method="post" action="${action_base}/disconnect">
${hidden({ csrf, issuer: app.issuer, client_id: app.client_id })}
<button class="danger" aria-describedby="app-${index}">${s.disconnect}</button>
</form>
</li>
`,
)}</ul>`
}
</section>`;
