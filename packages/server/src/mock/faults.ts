// Faults that a test asks for: which requests they apply to, and what happens to those.

import { type ErrorCode, endpointNames, OAuthError } from '@tessera-oauth/core';
import { z } from 'zod';
import { validate } from '../config/validation.ts';
import { span } from './clock.ts';
import type { Seen } from './seen.ts';

const endpoints = [...endpointNames, 'metadata', 'any'] as const;

// RFC 6749 §5.2
const sendable = z.string().regex(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/, 'printable ASCII without " and \\');

const counted = 'a whole number from 1 on, such as 3';
const count = z.int(counted).min(1, counted);
const statuses = 'a whole number from 400 to 599, such as 503';
const seconds = 'a whole number of seconds, such as 5';

const schema = z
  .strictObject({
    /** The endpoint of the request; `any` is every one. `token` by default. */
    endpoint: z.enum(endpoints).default('token'),
    /** Only requests of this client. */
    client_id: z.string().optional(),
    /** Only token requests with this grant type. */
    grant_type: z.string().optional(),
    /** Only one of the matching requests, counted from 1. */
    nth: count.optional(),
    /** Every second, third … of the matching requests. */
    every: count.optional(),
    /** The first so many of the matching requests. */
    times: count.optional(),
    /** How long to wait before the answer: milliseconds, or a duration such as `2s`. */
    delay: span.optional(),
    /** The status of the answer, from 400 to 599. */
    status: z.int(statuses).min(400, statuses).max(599, statuses).optional(),
    /** The error code of RFC 6749 §5.2 or §4.1.2.1; the dialect may spell it otherwise. */
    error: sendable.optional(),
    /** The sentence that goes with the error. */
    error_description: sendable.optional(),
    /** The `Retry-After` of the answer, in seconds. */
    retry_after: z.int(seconds).min(0, seconds).optional(),
    /** Whether the connection is closed without an answer. False by default. */
    close: z.boolean().default(false),
  })
  .refine(
    ({ nth, every, times }) => [nth, every, times].filter((each) => each !== undefined).length <= 1,
    'one of nth, every and times at most',
  )
  .refine(
    ({ delay, status, error, close }) => close || [delay, status, error].some((each) => each !== undefined),
    'what is to happen: delay, status, error or close',
  );

/**
 * A fault: which requests it applies to, and what happens to them. A request matches if it fits all that the rule names;
 * without `nth`, `every` and `times` every matching request fails.
 */
export type FaultRule = z.input<typeof schema>;
export type Fault = z.output<typeof schema>;

/** A fault in force, and how many requests have matched it. */
export type ActiveFault = Fault & {
  /** How many requests have matched so far. */
  readonly met: number;
};

export interface Faults {
  /** Throws a UsageError for a rule that is not valid. */
  add(rule: FaultRule): void;
  list(): readonly ActiveFault[];
  clear(): void;
  /** The first fault whose turn it is; every matching fault counts the request. */
  apply(seen: Seen): Fault | undefined;
}

export function createFaults(): Faults {
  let rules: { readonly fault: Fault; met: number }[] = [];
  return {
    add(rule) {
      rules.push({ fault: validate(schema, rule, 'fault'), met: 0 });
    },
    list: () => rules.map(({ fault, met }) => ({ ...fault, met })),
    clear() {
      rules = [];
    },
    apply(seen) {
      const matching = rules.filter(({ fault }) => matches(fault, seen));
      for (const rule of matching) rule.met += 1;
      return matching.find(({ fault, met }) => isDue(fault, met))?.fault;
    },
  };
}

const matches = ({ endpoint, client_id, grant_type }: Fault, seen: Seen): boolean =>
  (endpoint === 'any' || endpoint === seen.endpoint) &&
  (client_id === undefined || client_id === seen.client_id) &&
  (grant_type === undefined || grant_type === seen.grant_type);

function isDue({ nth, every, times }: Fault, met: number): boolean {
  if (nth !== undefined) return met === nth;
  if (every !== undefined) return met % every === 0;
  return met <= (times ?? met);
}

/** The error to answer with; undefined for a fault that only delays. */
export function errorOf({ status, error, error_description, retry_after }: Fault): OAuthError | undefined {
  if (status === undefined && error === undefined) return undefined;
  const code = error ?? usual[status ?? 400] ?? ((status ?? 400) < 500 ? 'invalid_request' : 'server_error');
  // A test may have the mock say anything.
  return new OAuthError(code as ErrorCode, 'forced', error_description ?? 'The mock was told to fail here.', {
    ...(status !== undefined && { status }),
    ...(retry_after !== undefined && { retry_after }),
  });
}

/** The error codes that go with a status, if the rule names none. */
const usual: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'access_denied',
  429: 'temporarily_unavailable',
  503: 'temporarily_unavailable',
};
