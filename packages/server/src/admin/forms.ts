// What a value may be by its form alone, whatever noun it belongs to: each rule throws an AdminError.

import { isName, isText, longestName, longestText, normalizeWords } from '../words.ts';
import { type AdminField, invalid } from './admin-error.ts';

/** The most characters of a URI or of a scope: what is stored has an end. */
export const longestUri = 2000;

/** A name as it is stored: 1 to 100 characters that can be seen, in NFC, without blanks around it. */
export function nameOf(field: AdminField, input: string): string {
  const name = normalizeWords(input);
  if (isName(name)) return name;
  throw invalid(
    field,
    `got ${shown(input)}, expected 1 to ${longestName} characters, all of which can be seen`,
  );
}

/** The same for what may be empty. */
export const nameOrEmpty = (field: AdminField, input: string): string =>
  normalizeWords(input) === '' ? '' : nameOf(field, input);

/** A text as it is stored: 500 characters at most that can be seen, on one line, or on several. */
export function textOf(field: AdminField, input: string, lines: 'line' | 'lines'): string {
  const text = normalizeWords(input);
  if (isText(text, longestText, lines)) return text;
  const form = lines === 'line' ? 'one line of ' : '';
  throw invalid(
    field,
    `got ${shown(input)}, expected ${form}${longestText} characters at most, all of which can be seen`,
  );
}

/** Throws `invalid` for the first value that stands twice. */
export function refuseTwice(field: AdminField, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw invalid(field, `got ${shown(twice)} twice, expected it once`);
}

/** Throws `invalid` for a moment (epoch milliseconds) that has been: what ends then would be dead on arrival. */
export function refusePast(field: AdminField, moment: number | null, now: number): void {
  if (moment !== null && moment <= now)
    throw invalid(field, `got ${timeOf(moment)}, expected a time to come`);
}

/** A time that nobody can have meant is shown as its number. */
const timeOf = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));

/** A value in a mistake: in quotes, and cut where it is long. */
export function shown(value: string): string {
  const characters = [...value];
  return JSON.stringify(characters.length > 80 ? `${characters.slice(0, 80).join('')}…` : value);
}
