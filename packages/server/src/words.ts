// Words: names and texts that people are shown. One guard for all that is stored, and one for all that a terminal shows:
// a word must not move the cursor, turn the text around it (Unicode TR 36 §2.10), or look like another.

/**
 * What nobody sees, or what no font has: controls, bidi overrides, line separators, fillers, private use. Not the four that
 * join and shape the letters and emoji beside them.
 */
const unseen =
  /(?!\u200C|\u200D|\uFE0E|\uFE0F)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** What a word is made of: without any of it there is nothing to see. */
const seen = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** The most characters of a name. */
export const longestName = 100;

/** The most characters of a text, such as what a scope allows. */
export const longestText = 500;

/** One spelling of what looks the same: NFC (Unicode Annex 15), no blanks around it. */
export const normalizeWords = (text: string): string => text.normalize('NFC').trim();

/** A name is a line of 1 to 100 characters (code points) that can be seen. Of the normalized text. */
export const isName = (text: string, most = longestName): boolean => seen.test(text) && isText(text, most);

/** A text may be empty, and have lines where its place has. Of the normalized text. */
export function isText(text: string, most = longestText, lines: 'line' | 'lines' = 'line'): boolean {
  const line = lines === 'lines' ? text.replaceAll('\n', '') : text;
  return [...text].length <= most && isSeen(line);
}

/** What is left of a name from elsewhere, which nobody here can correct: undefined where nothing is. */
export function nameFrom(text: string, most = longestName): string | undefined {
  const kept = [...normalizeWords(text.toWellFormed().replace(unseen, ''))].slice(0, most).join('');
  return isName(kept, most) ? kept : undefined;
}

/** Whether all of it can be seen, or joins what can. */
export const isSeen = (text: string): boolean => text.search(unseen) === -1;

/** One line for a terminal, in which whatever cannot be seen is its escape, such as `\\u{1b}`. */
export const visible = (text: string): string =>
  text.replace(unseen, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** The same for text of several lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

/** The same for JSON, where the escape is one of JSON; lines stay. */
export const visibleJson = (text: string): string =>
  text.replace(unseen, (character) => (character === '\n' ? character : escapeOf(character)));

const escapeOf = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
