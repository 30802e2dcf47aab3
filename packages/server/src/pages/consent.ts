// The consent page (RFC 6749 §10.2, RFC 9700 §4.12): which app asks, for what, and where the answer goes.

import { type Html, html } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { appLogo, hidden, link, named, type Scope, scopeInWords, strong } from './parts.ts';
import type { Strings } from './strings/index.ts';

interface AskedScope extends Scope {
  /** Allowed before, for this client. */
  readonly remembered: boolean;
}

export interface Consent {
  readonly action: string;
  readonly csrf: string;
  readonly client: {
    readonly name: string;
    readonly logo_uri?: string | null | undefined;
    readonly message?: string | null | undefined;
  };
  readonly user: string;
  readonly scopes: readonly AskedScope[];
  readonly redirect_host: string;
  /** The answer goes to an app on the user's own computer (RFC 8252 §8.6: others on it may pretend to be it). */
  readonly loopback: boolean;
  readonly other_href: string;
}

export function consentPage(c: PageContext, data: Consent): string {
  const { action, csrf, client, user, redirect_host, loopback, other_href } = data;
  return page(c, (s) => ({
    title: s.consent_title,
    heading: s.consent_heading(named(client.name)),
    emblem: html`<div class="emblem">${appLogo(client)}</div>\n`,
    body: html`<p class="lead">${s.signed_in_as(strong(user))}<br>${link(other_href, s.use_another_account)}</p>
${message(s, data)}
${scopeLists(s, data)}
${
  loopback
    ? html`<p class="note warning">${s.loopback_warning(named(redirect_host))}</p>`
    : html`<p>${s.sent_to(strong(redirect_host))}</p>`
}
<form method="post" action="${action}" class="answers">
${hidden({ csrf })}
<button name="decision" value="deny">${s.deny}</button>
<button class="primary" name="decision" value="allow">${s.allow}</button>
</form>
<p class="hint center">${s.revocable}</p>`,
  }));
}

/** The app's own words, marked as such: they are not ours. */
const message = (s: Strings, { client }: Consent): Html | false =>
  Boolean(client.message) &&
  html`<figure class="message">
<figcaption>${s.message_from(named(client.name))}</figcaption>
<blockquote>${client.message}</blockquote>
</figure>`;

function scopeLists(s: Strings, { scopes }: Consent): Html {
  const list = (some: readonly AskedScope[]) => html`<ul class="scopes">
${some.map((scope) => html`<li>${scopeInWords(s, scope)}</li>\n`)}</ul>`;
  const remembered = scopes.filter((scope) => scope.remembered);
  const asked = scopes.filter((scope) => !scope.remembered);
  if (scopes.length === 0) return html`<p>${s.no_scopes}</p>`;
  return html`${
    asked.length === 0
      ? html`<p>${s.nothing_new}</p>`
      : html`<h2 class="plain">${s.will_be_able_to}</h2>
${list(asked)}`
  }
${
  remembered.length > 0 &&
  html`<details>
<summary>${s.already_allowed(remembered.length)}</summary>
${list(remembered)}
</details>`
}`;
}
