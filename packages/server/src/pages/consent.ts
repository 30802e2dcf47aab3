// The consent page (RFC 6749 §10.2, RFC 9700 §4.12): which app asks, for what, and where the answer goes.

import { type Html, html, link } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { appLogo, hidden, named, type Scope, scopeList, scopeText, strong } from './parts.ts';
import type { Strings } from './strings/index.ts';

interface AskedScope extends Scope {
  /** Allowed before, for this client. */
  readonly remembered: boolean;
  /** The user may leave it out. */
  readonly optional?: boolean;
}

export interface Consent {
  readonly action: string;
  readonly csrf: string;
  readonly client: {
    readonly name: string;
    readonly logo_uri?: string | null | undefined;
    readonly message?: string | null | undefined;
    readonly site?: string | null | undefined;
    readonly privacy?: string | null | undefined;
    readonly terms?: string | null | undefined;
  };
  readonly user: { readonly name: string; readonly login?: string | undefined };
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
    heading: s.consent_heading(
      named(client.name),
      c.theme.brand === undefined ? undefined : named(c.theme.brand),
    ),
    emblem: html`<div class="emblem">${appLogo(client)}</div>\n`,
    body: html`<p class="lead">${s.signed_in_as(whoIs(user))}<br>${link(other_href, s.use_another_account)}</p>
${message(s, data)}
${scopeLists(s, data)}
${
  loopback
    ? html`<p class="note warning">${s.loopback_warning(named(redirect_host))}</p>`
    : html`<p>${s.sent_to(strong(redirect_host))}</p>`
}
${about(s, client)}
<form method="post" action="${action}" class="answers" id="answer">
${hidden({ csrf, shown: withoutBox(data) })}
<button name="decision" value="deny">${s.deny}</button>
<button class="primary" name="decision" value="allow">${s.allow}</button>
</form>
<p class="hint center">${s.revocable}</p>`,
  }));
}

const whoIs = ({ name, login }: Consent['user']): Html =>
  login === undefined || login === name ? strong(name) : html`${strong(name)} (<bdi>${login}</bdi>)`;

/** What the app says of itself elsewhere; on pages of its own, which are read before an answer is given. */
function about(s: Strings, { name, site, privacy, terms }: Consent['client']): Html | false {
  const pages = [
    [site, s.app_site],
    [privacy, s.app_privacy],
    [terms, s.app_terms],
  ] as const;
  const links = pages.map(
    ([href, text]) =>
      typeof href === 'string' && html`${link(href, text, html` target="_blank" rel="noopener"`)}\n`,
  );
  if (!links.some(Boolean)) return false;
  return html`<nav class="about" aria-label="${s.about_app(name)}">\n${links}</nav>`;
}

/** The app's own words, marked as such: they are not ours. */
const message = (s: Strings, { client }: Consent): Html | false =>
  Boolean(client.message) &&
  html`<figure class="message">
<figcaption>${s.message_from(named(client.name))}</figcaption>
<blockquote>${client.message}</blockquote>
</figure>`;

const hasBox = ({ optional, remembered }: AskedScope): boolean => optional === true && !remembered;

/** The names of what can only be allowed with all the rest. A scope-token has no blanks (RFC 6749 §3.3). */
const withoutBox = ({ scopes }: Consent): string =>
  scopes
    .filter((scope) => !hasBox(scope))
    .map(({ name }) => name)
    .join(' ');

function scopeLists(s: Strings, { scopes }: Consent): Html {
  const remembered = scopes.filter((scope) => scope.remembered);
  const optional = scopes.filter(hasBox);
  const asked = scopes.filter((scope) => !scope.remembered && !hasBox(scope));
  if (scopes.length === 0) return html`<p>${s.no_scopes}</p>`;
  return html`${
    asked.length > 0
      ? html`<h2 class="plain">${s.will_be_able_to}</h2>
${scopeList(s, asked)}`
      : optional.length === 0 && html`<p>${s.nothing_new}</p>`
  }
${
  optional.length > 0 &&
  html`<h2 class="plain" id="optional">${s.optional_scopes}</h2>
<ul class="scopes choice" role="group" aria-labelledby="optional">
${optional.map((scope, index) => choosable(s, scope, index))}</ul>`
}
${
  remembered.length > 0 &&
  html`<details>
<summary>${s.already_allowed(remembered.length)}</summary>
${scopeList(s, remembered)}
</details>`
}`;
}

/** A scope that the user may leave out: of those that are not ticked, nothing is sent. */
const choosable = (s: Strings, scope: AskedScope, index: number): Html =>
  html`<li><input type="checkbox" name="scope" value="${scope.name}" form="answer" id="scope-${index}" autocomplete="off" checked>
<label for="scope-${index}">${scopeText(s, scope)}</label></li>
`;
