// Form and query → Parameters (RFC 6749 §3.2, Appendix B): bytes, duplicates and size are judged here, once.

import { isUtf8 } from 'node:buffer';
import { parseFlatObject } from './json.ts';
import { about, invalidRequest, type OAuthError } from './oauth-error.ts';

/** Parsed parameters. Absent, and present without a value, are the same (RFC 6749 §3.2). */
export interface Parameters {
  get(name: string): string | undefined;
  /** Every value of a parameter that may be repeated. */
  all(name: string): readonly string[];
}

export interface ParameterRules {
  readonly from: readonly ('body' | 'query')[];
  /** The forms that a body may have. Absent: a form alone. */
  readonly media?: readonly ('form' | 'json')[] | undefined;
  /** Other names of parameters, and what each stands for. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** Parameters that may stand only once; any other may stand twice, and is ignored (RFC 6749 §3.1). Absent: all. */
  readonly known?: readonly string[];
  /** Of those that are known, the ones that may stand more than once. */
  readonly repeatable?: readonly string[];
}

interface ParameterSource {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: string;
  readonly body: Uint8Array;
}

const maximumParameters = 100;
const formType = /^application\/x-www-form-urlencoded\s*(;|$)/i;
const jsonType = /^application\/json\s*(;|$)/i;

/** Whether a body is said to be a form (RFC 6749 Appendix B). */
export const isForm = (request: Pick<ParameterSource, 'headers'>): boolean => isOfType(request, formType);

const isOfType = ({ headers }: Pick<ParameterSource, 'headers'>, type: RegExp): boolean =>
  typeof headers['content-type'] === 'string' && type.test(headers['content-type']);

const none: readonly string[] = Object.freeze([]);

type Found = Map<string, string[]>;

/** Reads a request's parameters; throws `invalid_request`. The body wins over the query. */
export function parseParameters(request: ParameterSource, rules: ParameterRules): Parameters {
  const found = parseBody(request, rules);
  if (rules.from.includes('query') && request.query !== '') {
    const query: Found = new Map();
    parseForm(request.query, query);
    judgeNames(query, rules);
    for (const [name, values] of query) if (!found.has(name)) found.set(name, values);
  }
  return { get: (name) => found.get(name)?.[0], all: (name) => found.get(name) ?? none };
}

function parseBody(request: ParameterSource, rules: ParameterRules): Found {
  const found: Found = new Map();
  if (isForm(request)) {
    const form = readText(request);
    parseForm(form, found);
    refuseLineBreak(form, rules);
  } else if (rules.media?.includes('json') && isOfType(request, jsonType)) {
    parseJsonBody(readText(request), found);
  } else if (!rules.from.includes('query')) {
    const types = `application/x-www-form-urlencoded${rules.media?.includes('json') ? ' or application/json' : ''}`;
    throw invalidRequest(
      'content_type',
      `Send the parameters in the body, with Content-Type: ${types}.`,
      about('Content-Type', request.headers['content-type']?.toString() ?? ''),
    );
  }
  judgeNames(found, rules);
  return found;
}

function judgeNames(found: Found, rules: ParameterRules): void {
  standardNames(found, rules);
  refuseDuplicates(found, rules);
}

/**
 * Gives each parameter its standard name. One that stands there by both names stands there twice, which is judged later
 * where no parameter is known yet.
 */
function standardNames(found: Found, { names, known }: Pick<ParameterRules, 'names' | 'known'>): void {
  if (names === undefined) return;
  for (const [other, standard] of Object.entries(names)) {
    const values = found.get(other);
    if (values === undefined) continue;
    const before = found.get(standard) ?? [];
    if (before.length > 0 && known?.length !== 0) throw duplicate(standard);
    found.delete(other);
    found.set(standard, [...before, ...values]);
  }
}

/** The body as text; throws for one that is compressed, in another encoding, or marked by an editor. */
export function readText({ headers, body }: Pick<ParameterSource, 'headers' | 'body'>): string {
  const encoding = headers['content-encoding']?.toString() ?? 'identity';
  // RFC 9110 §15.5.16: a 415 names what would have been acceptable.
  if (encoding.toLowerCase() !== 'identity')
    throw invalidRequest('content_encoding', 'Send the body as it is, without a Content-Encoding.', {
      ...about('Content-Encoding', encoding),
      status: 415,
      headers: { 'Accept-Encoding': 'identity' },
    });
  if (!isUtf8(body)) throw invalidRequest('body_not_utf8', `The body is not valid UTF-8${guess(body)}.`);
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString();
  if (text.startsWith('\uFEFF'))
    throw invalidRequest('byte_order_mark', 'The body begins with a byte order mark, which no form has.');
  return text;
}

function guess([first, second]: Uint8Array): string {
  if (first === 0x1f && second === 0x8b) return ': it is compressed by gzip';
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return utf16 ? ': it is UTF-16' : '';
}

/** A flat object of strings and numbers, each name once. */
function parseJsonBody(text: string, into: Found): void {
  const pairs = parseFlatObject(text, maximumParameters);
  if (pairs === undefined)
    throw invalidRequest(
      'body_malformed',
      `The body is not a flat JSON object of strings and numbers, ${maximumParameters} at most.`,
      about('body'),
    );
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    if (seen.has(name)) throw duplicate(name);
    seen.add(name);
    if (value !== '') add(name, value, into);
  }
}

/** Of a file that ends in a line break: a part of the last value, which would then fit nothing. A secret may hold one. */
function refuseLineBreak(form: string, { known = [], names = {} }: ParameterRules): void {
  if (!/[\r\n]$/.test(form)) return;
  const written = decodeFormComponent(form.slice(form.lastIndexOf('&') + 1).split('=', 1)[0] ?? '');
  const name = written !== undefined && Object.hasOwn(names, written) ? names[written] : written;
  if (name === undefined || !known.includes(name) || name.startsWith('client_')) return;
  throw invalidRequest(
    'line_break',
    `The body ends in a line break, which would belong to ${name}.`,
    about(name),
  );
}

/** Adds the pairs of a form to `into`, dropping those without a value. */
function parseForm(form: string, into: Found): void {
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
      throw invalidRequest(
        'encoding',
        'A parameter is not valid percent-encoded UTF-8.',
        name === undefined ? {} : about(name),
      );
    }
    add(name, value, into);
  }
}

function add(name: string, value: string, into: Found): void {
  if (name.includes('\0') || value.includes('\0'))
    throw invalidRequest('nul_byte', 'A parameter holds a NUL character.', about(name));
  const values = into.get(name);
  if (values === undefined) into.set(name, [value]);
  else values.push(value);
}

/** The same form as every parser reads it: no empty values, one way to write each character, standard names. Throws as parsing does. */
export function canonicalForm(form: string, names?: ParameterRules['names']): string {
  const found: Found = new Map();
  parseForm(form, found);
  standardNames(found, { names, known: [] });
  const pairs = [...found].flatMap(([name, values]) => values.map((value) => [name, value]));
  return new URLSearchParams(pairs).toString();
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
function refuseDuplicates(found: Found, { known, repeatable = [] }: ParameterRules): void {
  for (const [name, values] of found) {
    if (values.length > 1 && (known ?? [name]).includes(name) && !repeatable.includes(name))
      throw duplicate(name);
  }
}

export const duplicate = (name: string): OAuthError =>
  invalidRequest(
    'duplicate_parameter',
    `The ${/^[\w-]{1,50}$/.test(name) ? `${name} ` : ''}parameter stands more than once.`,
    about(name),
  );

/** Parameters by name: what each is in a few words, with its RFC, and whether a request must have it. */
export type ParameterDescriptions = Readonly<
  Record<string, { readonly required: boolean; readonly is: string }>
>;

/** A view of `parameters` that holds nothing but those described. */
export const only = (parameters: Parameters, described: ParameterDescriptions): Parameters => ({
  get: (name) => (Object.hasOwn(described, name) ? parameters.get(name) : undefined),
  all: (name) => (Object.hasOwn(described, name) ? parameters.all(name) : none),
});
