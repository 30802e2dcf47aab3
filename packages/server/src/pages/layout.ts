// The frame around every page: head, the issuer's name or logo, and one <main> with one <h1>.

import { type Html, html, link, render, safeImage } from './html.ts';
import { type Language, type Strings, stringsOf } from './strings/index.ts';

/** How an issuer's pages look. */
export interface Theme {
  /** '' where there is none to show. */
  readonly name: string;
  /** The name that the operator chose; undefined where `name` is the host. */
  readonly brand?: string | undefined;
  /** `https:` or `data:`. */
  readonly logo_uri?: string | undefined;
  readonly logo_uri_dark?: string | undefined;
  /** `#rrggbb` */
  readonly color?: string | undefined;
  readonly support_url?: string | undefined;
  readonly privacy_url?: string | undefined;
  readonly terms_url?: string | undefined;
  readonly forgot_password_url?: string | undefined;
}

export interface PageContext {
  readonly language: Language;
  readonly theme: Theme;
  /** The path of the issuer's pages, such as `/trelica/account`; stylesheet and scripts are below it. */
  readonly base: string;
}

interface Page {
  /** The title of the window, without names chosen by others. Also the heading, where `heading` is absent. */
  readonly title: string;
  readonly heading?: Html;
  /** What stands above the heading in the middle of the card: the logo of an app. */
  readonly emblem?: Html;
  readonly body: Html;
  readonly scripts?: readonly ('passkey' | 'page')[];
  readonly wide?: boolean;
  /** Whether the user has something to correct; the title says so, which screen readers read first. */
  readonly problem?: boolean;
}

/** A whole document; `make` is given the strings of the page's language. */
export function page(c: PageContext, make: (s: Strings) => Page): string {
  const s = stringsOf(c.language);
  const { title, heading, emblem, body, scripts = ['page'], wide, problem } = make(s);
  // The policy is same-origin, not no-referrer: with the latter browsers send `Origin: null` with our own forms.
  return render(html`<!doctype html>
<html lang="${c.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<meta name="robots" content="noindex">
<title>${problem === true ? s.problem_title(title) : title}${c.theme.name !== '' && ` · ${c.theme.name}`}</title>
<link rel="icon" href="${c.base}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${c.base}/style.css">
${scripts.map((name) => html`<script src="${c.base}/${name}.js" defer></script>\n`)}</head>
<body>
${brand(c.theme)}
<main class="card${wide === true && ' wide'}">
${emblem}<h1>${heading ?? title}</h1>
${body}
</main>
${footer(c.theme, s)}</body>
</html>
`);
}

/** A logo that does not load leaves its `alt`, the name. */
function brand({ name, logo_uri, logo_uri_dark }: Theme): Html | false {
  const [logo, dark] = [safeImage(logo_uri), safeImage(logo_uri_dark)];
  if (logo === undefined && name === '') return false;
  const shown =
    logo === undefined
      ? html`<bdi>${name}</bdi>`
      : html`<picture>${dark !== undefined && html`<source srcset="${dark}" media="(prefers-color-scheme:dark)">`}<img src="${logo}" alt="${name}" referrerpolicy="no-referrer"></picture>`;
  return html`<header class="brand">${shown}</header>`;
}

/** What the operator has beside these pages. */
function footer({ support_url, privacy_url, terms_url }: Theme, s: Strings): Html | false {
  const links = [
    [support_url, s.support],
    [privacy_url, s.privacy],
    [terms_url, s.terms],
  ] as const;
  const shown = links.map(([href, text]) => href !== undefined && html`${link(href, text)}\n`);
  return shown.some(Boolean) && html`<footer>\n${shown}</footer>\n`;
}
