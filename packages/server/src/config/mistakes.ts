// What is wrong with a file, told so that the place is found: by a person, an editor or a program.

import { UsageError } from '../model.ts';

/** Where something stands in a file; both from 1 on. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where in a file a member stands; undefined where that is not known. */
export type Locate = (path: readonly PropertyKey[]) => Place | undefined;

/** Where a value comes from: a file, or what else has a name, and the place in it where that is known. */
export interface Source extends Partial<Place> {
  readonly file: string;
}

export interface Mistake extends Source {
  /** The key, such as `errors.status.invalid_client`; empty: the whole. */
  readonly path: string;
  /** A sentence without the place and the key. */
  readonly message: string;
}

/** Names every mistake, each on a line of its own, and where it stands. */
export class MistakesError extends UsageError {
  readonly mistakes: readonly Mistake[];
  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(lineOf).join('\n'));
    this.mistakes = mistakes;
  }
}

/** `acme.yaml:12:5: errors.status: got …` */
const lineOf = ({ path, message, ...source }: Mistake): string =>
  `${placeText(source)}: ${path === '' ? '' : `${path}: `}${message}`;

const placeText = ({ file, line, column }: Source): string =>
  line === undefined ? file : `${file}:${line}:${column}`;

/** `issuers[0].name` */
export const keyText = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');

/** A key as it was written, such as `issuers[0].name`, as a path. */
export const pathOf = (key: string): readonly PropertyKey[] =>
  key
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));

/** Where lines of a message begin with `file: key: `, the place of that key behind the file. */
export function placeLines(
  message: string,
  file: string,
  sourceOf: (path: readonly PropertyKey[]) => Source,
): string {
  const placed = (line: string): string => {
    const [, key] = /^([a-z_]+(?:\[\d+\]|\.[a-z_]+)*): /.exec(line.slice(file.length + 2)) ?? [];
    if (key === undefined || !line.startsWith(`${file}: `)) return line;
    return `${placeText(sourceOf(pathOf(key)))}${line.slice(file.length)}`;
  };
  return message.split('\n').map(placed).join('\n');
}

/** One mistake of a file as a whole, or of a place in it. */
export const mistakeOf = (source: Source, message: string, path = ''): MistakesError =>
  new MistakesError([{ ...source, path, message }]);

/** More names than these are not listed where one of them is near. */
const manyNames = 8;

/** What was expected of `names`, of which one may have been `meant`. */
export function suggestion(meant: string | undefined, names: readonly string[]): string {
  const expected = `expected one of ${names.join(', ')}`;
  if (meant === undefined) return expected;
  return names.length > manyNames ? `did you mean ${meant}?` : `${expected}: did you mean ${meant}?`;
}

/** Does all of `works`, one after the other, and gives what they give; a MistakesError has the mistakes of all. */
export async function allOrMistakes<T>(works: readonly (() => T | Promise<T>)[]): Promise<T[]> {
  const done: T[] = [];
  const mistakes: Mistake[] = [];
  for (const work of works)
    try {
      done.push(await work());
    } catch (error) {
      if (!(error instanceof MistakesError)) throw error;
      mistakes.push(...error.mistakes);
    }
  if (mistakes.length > 0) throw new MistakesError(mistakes);
  return done;
}
