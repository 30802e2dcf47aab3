// HTML as text that is safe by construction: whatever stands in a template is escaped, unless it is HTML already.

const markup = Symbol('html');

/** HTML made by `html`. Nothing that comes from outside can be one: no JSON has the symbol. */
export interface Html {
  readonly [markup]: string;
}

export type Value = string | number | Html | readonly Value[] | null | undefined | false;

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? '');

/** A template whose values are escaped, for text and for quoted attributes; lists are joined, false and undefined are ''. */
export const html = (parts: TemplateStringsArray, ...values: Value[]): Html => ({
  [markup]: parts.map((part, index) => part + render(values[index])).join(''),
});

export function render(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return markup in value ? value[markup] : value.map(render).join('');
}

/** The target of a link; undefined where its scheme could run a script or open a file. */
export function safeHref(href: string): string | undefined {
  const protocol = URL.parse(href, 'https://relative.invalid')?.protocol;
  return protocol === undefined || /^(javascript|data|vbscript|blob|file):$/.test(protocol)
    ? undefined
    : href;
}

/** An image that may be shown: over TLS, or within the page; else undefined. */
export function safeImage(uri: string | null | undefined): string | undefined {
  return typeof uri === 'string' && /^(https:\/\/|data:image\/)/i.test(uri) ? uri : undefined;
}

/** A link that leads out of the page; only its text where the target could run a script. */
export function link(href: string, text: Value, attributes?: Html): Html {
  const target = safeHref(href);
  return target === undefined
    ? html`${text}`
    : html`<a href="${target}" referrerpolicy="no-referrer"${attributes}>${text}</a>`;
}
