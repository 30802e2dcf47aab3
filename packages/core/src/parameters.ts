// Form and query → Parameters (RFC 6749 §3.2, Appendix B): bytes, duplicates and size are judged here, once.

import { isUtf8 } from 'node:buffer';
import { invalidRequest } from './oauth-error.ts';

/** Parsed parameters. Absent, and present without a value, are the same (RFC 6749 §3.2). */
export interface Parameters {
  get(name: string): string | undefined;
  /** Every value of a parameter that may be repeated. */
  all(name: string): readonly string[];
}

export interface ParameterRules {
  readonly from: readonly ('body' | 'query')[];
  /** Parameters that may stand more than once. */
  readonly repeatable: readonly string[];
}

interface ParameterSource {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: string;
  readonly body: Uint8Array;
}

const maximumParameters = 100;
const formType = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/** Whether a body is said to be a form (RFC 6749 Appendix B). */
export const isForm = ({ headers }: Pick<ParameterSource, 'headers'>): boolean => {
  const type = headers['content-type'];
  return typeof type === 'string' && formType.test(type);
};

const none: readonly string[] = Object.freeze([]);

/** Reads a request's parameters; throws `invalid_request`. The body wins over the query. */
export function parseParameters(request: ParameterSource, rules: ParameterRules): Parameters {
  const found = new Map<string, string[]>();
  const fromQuery = rules.from.includes('query');
  if (isForm(request)) {
    if (!isUtf8(request.body)) throw invalidRequest('body_not_utf8', 'The body is not valid UTF-8.');
    parseForm(
      Buffer.from(request.body.buffer, request.body.byteOffset, request.body.length).toString(),
      found,
    );
  } else if (!fromQuery) {
    throw invalidRequest(
      'content_type',
      'Send the parameters in the body, with Content-Type: application/x-www-form-urlencoded.',
    );
  }
  refuseDuplicates(found, rules.repeatable);
  if (fromQuery && request.query !== '') {
    const query = new Map<string, string[]>();
    parseForm(request.query, query);
    refuseDuplicates(query, rules.repeatable);
    for (const [name, values] of query) if (!found.has(name)) found.set(name, values);
  }
  return { get: (name) => found.get(name)?.[0], all: (name) => found.get(name) ?? none };
}

/** Adds the pairs of a form to `into`, dropping those without a value. */
function parseForm(form: string, into: Map<string, string[]>): void {
  let count = 0;
  for (const pair of form.split('&')) {
    if (pair === '') continue;
    if (++count > maximumParameters) {
      throw invalidRequest('too_many_parameters', `More than ${maximumParameters} parameters.`);
    }
    const equals = pair.indexOf('=');
    if (equals === -1 || equals === pair.length - 1) continue;
    const name = decodeFormComponent(pair.slice(0, equals));
    const value = decodeFormComponent(pair.slice(equals + 1));
    if (name === undefined || value === undefined) {
      throw invalidRequest('encoding', 'A parameter is not valid percent-encoded UTF-8.');
    }
    if (name.includes('\0') || value.includes('\0')) {
      throw invalidRequest('nul_byte', 'A parameter holds a NUL character.');
    }
    const values = into.get(name);
    if (values === undefined) into.set(name, [value]);
    else values.push(value);
  }
}

/** Decodes one half of a pair (RFC 6749 Appendix B); undefined where the encoding is broken. */
export function decodeFormComponent(encoded: string): string | undefined {
  const spaced = encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

// RFC 6749 §3.2: "Request and response parameters MUST NOT be included more than once."
function refuseDuplicates(found: Map<string, string[]>, repeatable: readonly string[]): void {
  for (const [name, values] of found) {
    if (values.length > 1 && !repeatable.includes(name)) {
      throw invalidRequest('duplicate_parameter', 'A parameter stands more than once in the request.');
    }
  }
}

/** Parameters by name: what each is in a few words, with its RFC, and whether a request must have it. */
export type ParameterDescriptions = Readonly<
  Record<string, { readonly required: boolean; readonly is: string }>
>;

/** A view of `parameters` that holds nothing but those described. */
export const only = (parameters: Parameters, described: ParameterDescriptions): Parameters => ({
  get: (name) => (Object.hasOwn(described, name) ? parameters.get(name) : undefined),
  all: (name) => (Object.hasOwn(described, name) ? parameters.all(name) : none),
});
