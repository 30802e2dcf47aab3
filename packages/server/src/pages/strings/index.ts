// The languages of the pages, and which of them a person reads (OpenID Connect Core 1.0 §3.1.2.1, RFC 9110 §12.5.4).

import { de } from './de.ts';
import { en, type Strings } from './en.ts';

export type { Strings } from './en.ts';

const byLanguage = { en, de } satisfies Record<string, Strings>;

export type Language = keyof typeof byLanguage;

/** BCP 47 language tags; the first for a browser that asks for none of them. */
export const languages: readonly string[] = Object.keys(byLanguage);

export const stringsOf = (language: Language): Strings => byLanguage[language];

/** `ui_locales` first, in its order; then Accept-Language, in the order of its weights; else English. */
export function chooseLanguage(ui_locales: string | undefined, acceptLanguage: string | undefined): Language {
  const asked = [...(ui_locales ?? '').split(' '), ...byWeight(acceptLanguage ?? '')];
  return asked.map(languageOf).find((language) => language !== undefined) ?? 'en';
}

/** The language of a tag such as `de-AT` (RFC 5646), without regard to case. */
function languageOf(tag: string): Language | undefined {
  const primary = tag.trim().toLowerCase().split('-')[0] ?? '';
  return Object.hasOwn(byLanguage, primary) ? (primary as Language) : undefined;
}

/** RFC 9110 §12.4.2: no weight is 1, a weight of 0 refuses; what cannot be read counts as refused. */
function byWeight(header: string): string[] {
  return header
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';');
      const weight = parameters
        .map((text) => text.trim().toLowerCase())
        .find((text) => text.startsWith('q='));
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ weight }) => weight > 0 && weight <= 1)
    .sort((one, other) => other.weight - one.weight)
    .map(({ tag }) => tag);
}
