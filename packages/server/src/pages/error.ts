// Errors that must not go to the client (RFC 6749 §4.1.2.1) are shown to the user: in plain words first, then the details.

import { html, link } from './html.ts';
import { type PageContext, page } from './layout.ts';
import type { Strings } from './strings/index.ts';

interface ErrorData {
  readonly status: number;
  /** In English, for developers and operators; '' where there is nothing more to say. */
  readonly description: string;
  readonly reason_hint?: 'client_unknown' | 'redirect_uri' | 'redirect_uri_missing' | undefined;
  readonly request_id: string;
}

export const errorPage = (c: PageContext, data: ErrorData): string =>
  page(c, (s) => {
    const [title, text] = inWords(s, data);
    return {
      title,
      scripts: [],
      body: html`<p class="lead">${text}</p>
<dl class="details">
${data.description !== '' && html`<dt>${s.error_details}</dt><dd lang="en">${data.description}</dd>`}
<dt>${s.error_reference}</dt><dd><code>${data.request_id}</code></dd>
</dl>
${link(c.base, s.to_account, html` class="button"`)}`,
    };
  });

function inWords(s: Strings, { status, reason_hint }: ErrorData): readonly [title: string, text: string] {
  if (reason_hint === 'client_unknown') return [s.error_client_unknown, s.error_client_unknown_text];
  if (reason_hint === 'redirect_uri_missing')
    return [s.error_redirect_uri_missing, s.error_redirect_uri_missing_text];
  if (reason_hint === 'redirect_uri') return [s.error_redirect_uri, s.error_redirect_uri_text];
  if (status === 404) return [s.error_not_found, s.error_not_found_text];
  if (status === 429) return [s.error_throttled, s.error_throttled_text];
  return status < 500 ? [s.error_client, s.error_client_text] : [s.error_server, s.error_server_text];
}
