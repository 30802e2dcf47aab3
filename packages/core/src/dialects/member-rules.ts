// How the members of an answer are written down: where each comes from, and how it is spelled. Data only; answers/ has
// the code that a rule becomes.

import { z } from 'zod';
import { type GrantType, grantTypes } from './names.ts';

/** Where a member of a token answer may come from, beside the sources of claims. */
export const tokenSources = [
  'access_token',
  'token_type',
  'expires_in',
  'refresh_token',
  'refresh_expires_in',
  'id_token',
  'client_name',
  'request_id',
  'random',
] as const;
export type TokenSource = (typeof tokenSources)[number];

/** Where a member of an error may come from. */
export const errorSources = ['error', 'error_description', 'status', 'request_id', 'timestamp'] as const;
export type ErrorSource = (typeof errorSources)[number];

/** Those that are a number of seconds: a length of time, or a moment since 1970. */
export const durations: readonly string[] = ['expires_in', 'refresh_expires_in'];
export const moments: readonly string[] = ['issued_at', 'not_before', 'expires_at', 'auth_time', 'timestamp'];

/** For which grants a member is sent; without it for all. */
interface Limited {
  readonly grant_types?: readonly GrantType[] | undefined;
}

interface Spelled<Source> extends Limited {
  readonly from: Source;
  /** In place of a value that there is not; without it the member is left out. */
  readonly otherwise?: unknown;
  /** The JSON type of a number; `iso8601`: a moment as 2026-01-31T12:00:00Z. */
  readonly as?: 'number' | 'string' | 'iso8601' | undefined;
  readonly unit?: 's' | 'ms' | undefined;
}

interface Constant extends Limited {
  readonly value?: unknown;
}

interface Nested<Rule> extends Limited {
  readonly members: Members<Rule>;
}

interface Listed<Rule> extends Limited {
  readonly list: readonly Rule[];
}

/** By the standard code of an error; for other codes from a source, or a constant. */
interface ByError extends Omit<Spelled<ErrorSource>, 'from'> {
  readonly from?: ErrorSource | undefined;
  readonly by_error: Readonly<Record<string, unknown>>;
}

export interface Members<Rule> {
  readonly [name: string]: Rule;
}

export type AnswerRule<Source extends string = string> =
  | Source
  | Spelled<Source>
  | Constant
  | Nested<AnswerRule<Source>>
  | Listed<AnswerRule<Source>>;

export type ErrorRule =
  | ErrorSource
  | Spelled<ErrorSource>
  | Constant
  | ByError
  | Nested<ErrorRule>
  | Listed<ErrorRule>;

/** Typed as unknown: a JSON value may nest without end. */
const json: z.ZodType<unknown> = z.json();

/** Not digits alone, which would not keep their place; not what JavaScript takes for something else. */
const memberName = z
  .string()
  .regex(/^(?!\d+$|__proto__$)[\x21-\x7E]{1,100}$/, 'a member name of printable ASCII, not all digits');

const spelled = <const Source extends string>(sources: readonly Source[]) => ({
  from: z.enum(sources as readonly [Source, ...Source[]]),
  otherwise: json.optional(),
  as: z.enum(['number', 'string', 'iso8601']).optional(),
  unit: z.enum(['s', 'ms']).optional(),
});

const kinds = '{ from } with one of them, { value }, { members }, or { list }';

/** The members of a token answer, from any of `sources`. */
export function answerMembers<const Source extends string>(sources: readonly Source[]) {
  const limited = { grant_types: z.array(z.enum(grantTypes)).min(1).optional() };
  const rule: z.ZodType<AnswerRule<Source>> = z.lazy(() =>
    z.union(
      [
        z.enum(sources as readonly [Source, ...Source[]]),
        z.strictObject({ ...spelled(sources), ...limited }),
        z.strictObject({ value: json, ...limited }),
        z.strictObject({ members: z.record(memberName, rule), ...limited }),
        z.strictObject({ list: z.array(rule).max(20), ...limited }),
      ],
      `one of ${sources.join(', ')}, or ${kinds}`,
    ),
  );
  return z.record(memberName, rule);
}

/** The members of an error. */
export function errorMembers() {
  const spelledErrors = spelled(errorSources);
  const rule: z.ZodType<ErrorRule> = z.lazy(() =>
    z.union(
      [
        z.enum(errorSources),
        z.strictObject(spelledErrors),
        z.strictObject({ value: json }),
        z.strictObject({
          by_error: z.record(z.string(), json),
          ...spelledErrors,
          from: spelledErrors.from.optional(),
        }),
        z.strictObject({ members: z.record(memberName, rule) }),
        z.strictObject({ list: z.array(rule).max(20) }),
      ],
      `one of ${errorSources.join(', ')}, or { by_error }, or ${kinds}`,
    ),
  );
  return z.record(memberName, rule);
}
