// A user's own page: what has access to the account, and how it is signed in to.

import type { Strings } from '../strings/index.ts';
import { passkeySection, passwordSection, totpSection } from './account-sign-in.ts';
import { type Html, html } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { appLogo, day, hidden, named, type Scope, scopeInWords, strong } from './parts.ts';

/** Times in epoch milliseconds. */
export interface Account {
  readonly csrf: string;
  /** Where the forms post to: `/disconnect`, `/passkeys/add` and so on below it. */
  readonly action_base: string;
  readonly user: { readonly name: string; readonly login?: string | undefined };
  readonly apps: readonly ConnectedApp[];
  readonly passkeys: readonly Passkey[];
  readonly totp: boolean;
  readonly recovery_codes_left: number;
  /** JSON of PublicKeyCredentialCreationOptions (Web Authentication Level 3 §5.1.9). */
  readonly passkey_options?: string | undefined;
  /** False: this user signs in elsewhere, and has no password, passkey or second factor here. */
  readonly local: boolean;
  readonly notice?: keyof Strings['notices'] | undefined;
  /** With a change of the password: `wrong` is the current one, the others judge the new one. */
  readonly problem?: 'wrong' | 'throttled' | keyof Strings['password_objections'] | undefined;
  readonly wait_seconds?: number | undefined;
}

interface ConnectedApp {
  readonly issuer: string;
  readonly client_id: string;
  readonly name: string;
  readonly logo_uri?: string | null | undefined;
  /** A name alone is one that nobody has described. */
  readonly scopes: readonly (string | Scope)[];
  readonly since: number;
}

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

export function accountPage(c: PageContext, data: Account): string {
  const { csrf, action_base, user, local, notice, problem } = data;
  return page(c, (s) => ({
    title: s.account,
    wide: true,
    problem: problem !== undefined,
    scripts: local && data.passkey_options !== undefined ? ['passkey', 'submit'] : ['submit'],
    body: html`<div class="who">
<p>${s.signed_in_as(strong(user.name))}${user.login !== undefined && user.login !== user.name && html`<br><span class="hint"><bdi>${user.login}</bdi></span>`}</p>
<form method="post" action="${action_base}/sign-out">${hidden({ csrf })}<button>${s.sign_out}</button></form>
</div>
${notice !== undefined && html`<p class="note done" role="status">${s.notices[notice]}</p>`}
${appsSection(c, s, data)}
${local && html`${passkeySection(c, s, data)}\n${totpSection(s, data)}\n${passwordSection(c, s, data)}`}`,
  }));
}

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
<ul class="scopes">${app.scopes.map((scope) => html`<li>${scopeInWords(s, typeof scope === 'string' ? { name: scope, description: '' } : scope)}</li>`)}</ul>
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
