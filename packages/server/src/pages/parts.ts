// Parts that several pages share.

import { type Html, html, safeImage, type Value } from './html.ts';
import type { PageContext } from './layout.ts';
import type { Strings } from './strings/index.ts';

/** `wrong`: the password or the code; `throttled`: too many attempts; `expired`: the form was too old. */
export type Problem = 'wrong' | 'throttled' | 'expired';

/** Fields that a form sends beside those that the user fills in. */
export const hidden = (fields: Readonly<Record<string, string>>): Html =>
  html`${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}`;

interface Field {
  readonly name: string;
  /** The name, where this is the only field of that name. */
  readonly id?: string;
  readonly label: string;
  readonly hint?: string;
  readonly attributes: Html;
  /** Whether the message of the page is about this field. */
  readonly described?: boolean;
  readonly invalid?: boolean;
  readonly focus?: boolean;
}

export function field({ name, id = name, label, hint, attributes, described, invalid, focus }: Field): Html {
  const about = [described && 'problem', hint !== undefined && `${id}-hint`].filter(Boolean).join(' ');
  return html`<div class="field">
<label for="${id}">${label}</label>
<input id="${id}" name="${name}" ${attributes} required${focus && html` autofocus`}${invalid && html` aria-invalid="true"`}${about !== '' && html` aria-describedby="${about}"`}>
${hint !== undefined && html`<p class="hint" id="${id}-hint">${hint}</p>\n`}</div>`;
}

/** A name chosen by others, isolated: its writing direction does not change the text around it (Unicode UAX #9). */
export const named = (name: string): Html => html`<bdi>${name}</bdi>`;

export const strong = (name: string): Html => html`<strong><bdi>${name}</bdi></strong>`;

/** A message about a mistake; the fields that it is about refer to it by its id. */
export const alert = (message: Value): Html =>
  html`<p class="note problem" role="alert" id="problem">${message}</p>`;

export function problemText(
  c: PageContext,
  s: Strings,
  problem: Problem,
  { wrong, wait_seconds }: { wrong: string; wait_seconds?: number | undefined },
): string {
  if (problem === 'wrong') return wrong;
  if (problem === 'expired') return s.expired;
  return s.throttled(wait_seconds === undefined ? undefined : duration(c, wait_seconds));
}

/** `30 seconds`, `5 Minuten`: rounded up, so that nobody comes back too early. */
function duration({ language }: PageContext, seconds: number): string {
  const [unit, count] =
    seconds <= 90
      ? ['second', seconds]
      : seconds <= 5400
        ? ['minute', seconds / 60]
        : ['hour', seconds / 3600];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.max(1, Math.ceil(count)),
  );
}

/** A day in the page's language; `time` in epoch milliseconds. */
export function day({ language }: PageContext, time: number): Html {
  const date = new Date(time);
  const text = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(date);
  return html`<time datetime="${date.toISOString().slice(0, 10)}">${text}</time>`;
}

export function initial(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toUpperCase() ?? '?';
}

/** The first letter of an app's name, and its logo before it. Decoration: the name always stands beside it. */
export function appLogo({ name, logo_uri }: { name: string; logo_uri?: string | null | undefined }): Html {
  const logo = safeImage(logo_uri);
  const image =
    logo !== undefined &&
    html`<img src="${logo}" alt="" width="48" height="48" referrerpolicy="no-referrer">`;
  return html`<span class="logo" aria-hidden="true">${initial(name)}${image}</span>`;
}

/** A field for a password; page.js adds the button that shows it. */
export const passwordField = (s: Strings, { attributes, ...rest }: Field): Html =>
  field({
    ...rest,
    attributes: html`type="password" data-show="${s.password_show}" data-hide="${s.password_hide}" ${attributes}`,
  });

export interface Scope {
  readonly name: string;
  /** In words; '' where nobody has described it. */
  readonly description: string;
  /** What the operator has marked, because more is at stake than with other scopes. */
  readonly sensitive?: boolean;
}

/** A scope in words: its description, else our words for the scopes of OpenID Connect, else a sentence with its name. */
function scopeInWords(s: Strings, { name, description }: Scope): Value {
  if (description !== '') return description;
  const known: Record<string, string> = {
    openid: s.scope_openid,
    profile: s.scope_profile,
    email: s.scope_email,
    address: s.scope_address,
    phone: s.scope_phone,
    offline_access: s.scope_offline_access,
  };
  return Object.hasOwn(known, name) ? known[name] : s.scope_undescribed(html`<code>${name}</code>`);
}

/** The same with a mark where much is at stake. */
export const scopeText = (s: Strings, scope: Scope): Html =>
  html`${scopeInWords(s, scope)}${scope.sensitive === true && html` <span class="state sensitive">${s.sensitive}</span>`}`;

export const scopeList = (s: Strings, scopes: readonly Scope[]): Html =>
  html`<ul class="scopes">\n${scopes.map((scope) => html`<li>${scopeText(s, scope)}</li>\n`)}</ul>`;
