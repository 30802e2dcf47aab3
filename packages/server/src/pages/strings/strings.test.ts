import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html, render } from '../html.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { chooseLanguage, languages, stringsOf } from './index.ts';

/** Every string of a language by its key; functions are given something to say. */
function texts(strings: object, before = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(strings)) {
    if (typeof value === 'string') found.set(before + key, value);
    else if (typeof value === 'function') found.set(before + key, render(value(html`<i>it</i>`)));
    else for (const [inner, text] of texts(value, `${before + key}.`)) found.set(inner, text);
  }
  return found;
}

test('English and German are there', () => {
  expect(languages).toEqual(expect.arrayContaining(['en', 'de']));
});

describe.each(languages)('%s', (language) => {
  const strings = texts(stringsOf(language));
  const english = texts(en);

  test('is a primary language subtag that browsers know (RFC 5646 §2.2.1)', () => {
    expect(language).toMatch(/^[a-z]{2,3}$/);
    expect(Intl.DateTimeFormat.supportedLocalesOf(language)).toEqual([language]);
  });

  test('has the keys of English, in the same order, and no empty string', () => {
    expect([...strings.keys()]).toEqual([...english.keys()]);
    for (const [key, text] of strings) expect(text.trim(), key).not.toBe('');
  });

  test('has in its sentences what is put into them', () => {
    for (const [key, text] of strings)
      expect(text.includes('<i>it</i>'), key).toBe(english.get(key)?.includes('<i>it</i>'));
  });

  test('is chosen by its tag', () => {
    expect(chooseLanguage(language, undefined, undefined)).toBe(language);
    expect(chooseLanguage(undefined, undefined, `${language}-ZZ;q=0.5`)).toBe(language);
  });
});

test('German is German', () => {
  const english = texts(en);
  const same = [...texts(de)].filter(([key, text]) => english.get(key) === text).map(([key]) => key);
  expect(same).toEqual(['problem_title', 'code', 'app_site', 'passkeys']);
});

test('one is one', () => {
  expect(en.recovery_codes_left(1)).toBe('1 recovery code left.');
  expect(de.recovery_codes_left(1)).toBe('Noch 1 Wiederherstellungscode übrig.');
});

test.each<[ui_locales: string | undefined, acceptLanguage: string | undefined, language: string]>([
  [undefined, undefined, 'en'],
  ['', '', 'en'],
  ['de', 'en', 'de'],
  ['de-AT', undefined, 'de'],
  ['DE-at', undefined, 'de'],
  ['fr-CA fr de en', 'en', 'de'],
  ['fr', 'de', 'de'],
  ['fr', 'it', 'en'],
  [undefined, 'de', 'de'],
  [undefined, 'de-CH, en;q=0.8', 'de'],
  [undefined, 'en;q=0.8, de;q=0.9', 'de'],
  [undefined, 'en;q=0.9,de;q=0.8', 'en'],
  [undefined, 'fr, de; Q=0.5, en; q=0.4', 'de'],
  [undefined, 'en, de', 'en'],
  [undefined, 'de, en', 'de'],
  [undefined, 'de;q=0, en;q=0.1', 'en'],
  [undefined, 'de;q=0', 'en'],
  [undefined, 'de;q=x, en;q=0.1', 'en'],
  [undefined, '*', 'en'],
  [undefined, '*;q=1, de;q=0.5', 'de'],
  ['constructor __proto__', 'toString', 'en'],
])('ui_locales %j and Accept-Language %j choose %s', (ui_locales, acceptLanguage, language) => {
  expect(chooseLanguage(ui_locales, undefined, acceptLanguage)).toBe(language);
});

test('what the user chose goes before the browser, and behind the app', () => {
  expect(chooseLanguage(undefined, 'de', 'en')).toBe('de');
  expect(chooseLanguage('en', 'de', 'de')).toBe('en');
  expect(chooseLanguage('fr', 'xx', 'de')).toBe('de');
});

test('any two headers choose a language', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (ui_locales, acceptLanguage) => {
      expect(languages).toContain(chooseLanguage(ui_locales, undefined, acceptLanguage));
    }),
  );
});
