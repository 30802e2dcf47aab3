// Spells an error's body in a dialect (RFC 6749 §5.2).

import type { Dialect } from '../dialects/dialect.ts';
import type { ErrorRule, ErrorSource, Members } from '../dialects/member-rules.ts';
import type { ErrorCode } from '../oauth-error.ts';
import { compileMembers, type Values } from './compile.ts';

/** All that the body of an error can say. */
export interface GivenError {
  readonly code: ErrorCode;
  /** What the dialect calls the code. */
  readonly error: string;
  readonly error_description: string;
  /** The HTTP status. */
  readonly status: number;
  readonly request_id: string;
  /** Epoch seconds. */
  readonly timestamp: number;
}

const writers = new WeakMap<Dialect, (given: GivenError) => string>();

/** The JSON of an error. */
export function writeErrorAnswer(given: GivenError, dialect: Dialect): string {
  let write = writers.get(dialect);
  if (write === undefined) {
    write = compileMembers(membersOf(dialect), values);
    writers.set(dialect, write);
  }
  return write(given);
}

/** A list names members that are their own sources. */
function membersOf({ errors: { body } }: Dialect): Members<ErrorRule> {
  return isList(body) ? Object.fromEntries(body.map((member) => [member, member])) : body;
}

const isList = (body: Dialect['errors']['body']): body is readonly ('error' | 'error_description')[] =>
  Array.isArray(body);

const values: Values<GivenError> = {
  valueOf: (source, given) => given[source as ErrorSource],
  typeOf: () => undefined,
  isFor: () => true,
  codeOf: ({ code }) => code,
  overrule: () => undefined,
};
