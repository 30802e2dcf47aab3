// The registry of languages, and the choice of one (OpenID Connect Core 1.0 §3.1.2.1, RFC 9110 §12.5.4). A new language
// is a file like `de.ts`, named by its primary subtag (RFC 5646 §2.2.1), and its entry in `strings`.

import { de } from './de.ts';
import { en, type Languages, type Strings } from './en.ts';

export type { Strings } from './en.ts';

export type Language = keyof Languages;

const strings = { en, de } as const satisfies Record<Language, Strings>;

/** For `ui_locales_supported` (OpenID Connect Discovery 1.0 §3). */
export const languages = Object.keys(strings) as readonly Language[];

export const isLanguage = (tag: string): tag is Language => languages.some((language) => language === tag);

export const stringsOf = (language: Language): Strings => strings[language];

/** `ui_locales` first, in its order; then what the user chose; then Accept-Language, by weight; else English. */
export function chooseLanguage(
  ui_locales: string | undefined,
  chosen: string | undefined,
  acceptLanguage: string | undefined,
): Language {
  const requested = [...(ui_locales ?? '').split(' '), chosen ?? '', ...byWeight(acceptLanguage ?? '')];
  return requested.map(languageOf).find((language) => language !== undefined) ?? 'en';
}

/** The language of a tag such as `de-AT` (RFC 5646), without regard to case. */
function languageOf(tag: string): Language | undefined {
  const [primary] = tag.trim().toLowerCase().split('-');
  return languages.find((language) => language === primary);
}

/** RFC 9110 §12.4.2: a missing weight is 1, a weight of 0 excludes; a malformed one excludes too. */
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
