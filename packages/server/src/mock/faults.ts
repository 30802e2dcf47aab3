// Faults that a test asks for: which requests they meet, and what happens to those.

import { type ErrorCode, endpointNames, OAuthError } from '@tessera-oauth/core';
import { z } from 'zod';
import { validate } from '../config/validation.ts';
import { span } from './clock.ts';
import type { Seen } from './seen.ts';

const endpoints = [...endpointNames, 'metadata', 'any'] as const;

// RFC 6749 §5.2
const sendable = z.string().regex(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/, 'printable ASCII without " and \\');

const schema = z
  .strictObject({
    endpoint: z.enum(endpoints).default('token'),
    client_id: z.string().optional(),
    grant_type: z.string().optional(),
    /** Of the requests that fit: that one alone. */
    nth: z.int().min(1).optional(),
    /** Each so many. */
    every: z.int().min(1).optional(),
    /** The next so many. */
    times: z.int().min(1).optional(),
    delay: span.optional(),
    status: z.int().min(400).max(599).optional(),
    /** The standard code; the dialect may spell it otherwise. */
    error: sendable.optional(),
    error_description: sendable.optional(),
    /** Seconds for `Retry-After`. */
    retry_after: z.int().min(0).optional(),
    /** Whether the connection is closed without an answer. */
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

/** Which requests a fault meets, and what happens to them; without `nth`, `every` and `times` it meets all that fit. */
export type FaultRule = z.input<typeof schema>;
export type Fault = z.output<typeof schema>;

export interface Faults {
  add(rule: FaultRule): void;
  list(): readonly (Fault & { readonly met: number })[];
  clear(): void;
  /** The first rule whose turn it is; all that fit count the request. */
  meet(seen: Seen): Fault | undefined;
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
    meet(seen) {
      const fitting = rules.filter(({ fault }) => fits(fault, seen));
      for (const rule of fitting) rule.met += 1;
      return fitting.find(({ fault, met }) => isDue(fault, met))?.fault;
    },
  };
}

const fits = ({ endpoint, client_id, grant_type }: Fault, seen: Seen): boolean =>
  (endpoint === 'any' || endpoint === seen.endpoint) &&
  (client_id === undefined || client_id === seen.client_id) &&
  (grant_type === undefined || grant_type === seen.grant_type);

function isDue({ nth, every, times }: Fault, met: number): boolean {
  if (nth !== undefined) return met === nth;
  if (every !== undefined) return met % every === 0;
  return met <= (times ?? met);
}

/** What the answer says; undefined for a fault that only delays. */
export function errorOf({ status, error, error_description, retry_after }: Fault): OAuthError | undefined {
  if (status === undefined && error === undefined) return undefined;
  const code = error ?? usual[status ?? 400] ?? ((status ?? 400) < 500 ? 'invalid_request' : 'server_error');
  // A test may have the mock say anything.
  return new OAuthError(code as ErrorCode, 'forced', error_description ?? 'The mock was told to fail here.', {
    ...(status !== undefined && { status }),
    ...(retry_after !== undefined && { retry_after }),
  });
}

/** The errors that go with a status. */
const usual: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'access_denied',
  429: 'temporarily_unavailable',
  503: 'temporarily_unavailable',
};
