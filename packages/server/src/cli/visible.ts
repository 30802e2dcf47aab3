// Text for a terminal: names that others have chosen must not move its cursor or turn the text around them.

/** Control characters, those that nobody sees, and line separators; the joiner of emoji is harmless. */
const invisible = /(?!\u200D)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** One line in which every such character stands as its escape, such as `\u{1b}`. */
export const visible = (text: string): string =>
  text.replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** The same for text of several lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');
