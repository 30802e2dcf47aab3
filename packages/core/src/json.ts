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
