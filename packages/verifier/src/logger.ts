// What a verifier has to say to those who run the API: one printable line each, without anything of a token.

/** Where a verifier writes its lines: `console`, a logger of pino, or another with these two methods. */
export interface Logger {
  /** For example: the key set cannot be fetched, and the last one is still used. */
  warn(line: string): void;
  /** What requests are refused for: the key set is too old to be used, or the program has a fault. */
  error(line: string): void;
}

/** In characters. */
const longestLine = 1000;
const mostCauses = 5;

/** Writes `what`, what `error` says, and what caused it. A logger that throws stops no request. */
export function report(logger: Logger, level: keyof Logger, what: string, error?: unknown): void {
  try {
    const line = [what, ...messages(error)].join(': ').replace(jws, '[token]');
    logger[level](line.replace(/[^\x20-\x7E]+/g, ' ').slice(0, longestLine));
  } catch {}
}

/** RFC 7515 §3.1: what may be a token, in a message that is not the verifier's own. */
const jws = /(?<![\w-])[\w-]{16,}\.[\w-]+\.[\w-]*/g;

function messages(error: unknown): string[] {
  const found: string[] = [];
  for (let at = error; at !== undefined && found.length < mostCauses; at = causeOf(at))
    found.push(at instanceof Error ? `${at.name}: ${at.message}` : `a thrown ${typeof at}`);
  return found;
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);
