// JSON that strangers send (RFC 8259): parsed, and its depth judged without recursion, before anything walks through it.

/** Levels of lists and objects; RFC 8259 §9 lets a parser set a limit. What is sent to a server here needs five. */
const deepest = 32;

/** The value; undefined for text that is not JSON, or that is nested more than 32 levels deep. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isNestedTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

const blank = /[ \t\n\r]*/y;
const quoted = /"(?:[\x20\x21\x23-\x5B\x5D-\uFFFF]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * The pairs of an object of strings and numbers. A number is given as it is written. A name that stands twice is given
 * twice: JSON.parse would keep the last, where another reader keeps the first (RFC 8259 §4). Undefined for anything else,
 * for halves of characters, and for more than `most` pairs.
 */
export function parseFlatObject(json: string, most: number): (readonly [string, string])[] | undefined {
  const pairs: (readonly [string, string])[] = [];
  const scanner = new Scanner(json);
  if (!scanner.skip('{')) return undefined;
  if (!scanner.skip('}')) {
    do {
      const name = scanner.text();
      if (name === undefined || pairs.length === most || !scanner.skip(':')) return undefined;
      const value = scanner.text() ?? scanner.take(number);
      if (value === undefined) return undefined;
      pairs.push([name, value]);
    } while (scanner.skip(','));
    if (!scanner.skip('}')) return undefined;
  }
  const isWhole = pairs.flat().every((each) => each.isWellFormed());
  return scanner.isDone() && isWhole ? pairs : undefined;
}

class Scanner {
  readonly #json: string;
  #at = 0;

  constructor(json: string) {
    this.#json = json;
    this.take(blank);
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#json) ?? [];
    if (found === undefined) return undefined;
    this.#at += found.length;
    if (pattern !== blank) this.take(blank);
    return found;
  }

  text(): string | undefined {
    const found = this.take(quoted);
    return found === undefined ? undefined : (JSON.parse(found) as string);
  }

  skip(character: string): boolean {
    if (this.#json[this.#at] !== character) return false;
    this.#at += 1;
    this.take(blank);
    return true;
  }

  isDone(): boolean {
    return this.#at === this.#json.length;
  }
}

/** Level by level: a call for each would end the stack where the text wants it to. */
function isNestedTooDeep(value: unknown): boolean {
  let level = containers([value]);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === deepest) return true;
    level = containers(level.flatMap((each) => Object.values(each)));
  }
  return false;
}

const containers = (values: readonly unknown[]): object[] =>
  values.filter((value) => typeof value === 'object' && value !== null);
