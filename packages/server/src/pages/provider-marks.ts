// The marks by which people find their provider among the buttons; drawn here, since the policy loads nothing elsewhere.

import { type Html, html } from './html.ts';
import { initial } from './parts.ts';

const shapes: Record<string, Html> = {
  'accounts.google.com': html`<path fill="none" stroke="#ea4335" stroke-width="4" d="M4.2 7.5A9 9 0 0 1 18.4 5.6"/>
<path fill="none" stroke="#fbbc05" stroke-width="4" d="M4.2 16.5a9 9 0 0 1 0-9"/>
<path fill="none" stroke="#34a853" stroke-width="4" d="M17.8 18.9A9 9 0 0 1 4.2 16.5"/>
<path fill="none" stroke="#4285f4" stroke-width="4" d="M12 12h9a9 9 0 0 1-3.2 6.9"/>`,
  'login.microsoftonline.com': html`<path fill="#f25022" d="M2 2h9.5v9.5H2z"/><path fill="#7fba00" d="M12.5 2H22v9.5h-9.5z"/>
<path fill="#00a4ef" d="M2 12.5h9.5V22H2z"/><path fill="#ffb900" d="M12.5 12.5H22V22h-9.5z"/>`,
  'okta.com': html`<circle cx="12" cy="12" r="7.5" fill="none" stroke="currentColor" stroke-width="5"/>`,
};

/** By the host of the issuer, or a domain above it; the first letter of the label for providers that are not known. */
export function providerMark({ issuer, label }: { readonly issuer: string; readonly label: string }): Html {
  const host = URL.parse(issuer)?.hostname ?? '';
  const known = Object.keys(shapes).find((domain) => host === domain || host.endsWith(`.${domain}`));
  return known === undefined
    ? html`<span class="mark" aria-hidden="true">${initial(label)}</span>`
    : html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">${shapes[known]}</svg>`;
}
