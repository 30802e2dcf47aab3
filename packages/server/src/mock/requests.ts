// The requests that the mock has received, for a test to look at. Secrets, codes and tokens are masked, because such lists
// end up in tickets; equal values are masked alike, so that a test can see that a code or a token was used again.

import { createHmac, randomBytes } from 'node:crypto';
import { isForm, parseJson, type Refused } from '@tessera-oauth/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestObserver } from '../http/refusal.ts';

type Values = Readonly<Record<string, unknown>>;

/** A request that the mock has received. Secrets, codes and tokens are masked, equal ones alike. */
export interface RecordedRequest {
  /** When it came, in RFC 3339, by the mock's clock. */
  readonly time: string;
  /** The HTTP method. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The header fields, by their names in lower case. */
  readonly headers: Values;
  /** The parameters of the query, by name; a list for a parameter that occurs more than once. */
  readonly query: Values;
  /** The parameters of a form or the members of a JSON object; absent for any other body. */
  readonly body?: Values;
  /** The endpoint, or `none` if nothing is served at the path; absent while the request is being answered. */
  readonly endpoint?: string;
  /** The client that the request names, if it names one. */
  readonly client_id?: string;
  /** The grant type that the request names, if it names one. */
  readonly grant_type?: string;
  /** The status of the answer; absent while the request is being answered, and if the connection was closed instead. */
  readonly status?: number;
  /** The error code of the answer (RFC 6749 §5.2), if it was refused. */
  readonly error?: string;
  /** Why exactly it was refused, by the table of reasons in docs/operations/log.md; `forced` for a fault. */
  readonly reason?: string;
}

type Details = Partial<RecordedRequest>;

interface Entry {
  readonly details: Details;
  readonly raw: FastifyReply['raw'];
}

/** How many requests are kept; older ones are dropped. */
const maxEntries = 1000;

const secretNames = /(^|_)(token|code)$|id_token_hint|secret|password|assertion|verifier/;
const secretHeaders = /authorization|cookie/;

export type Recorder = ReturnType<typeof createRecorder>;

export function createRecorder(now: () => number, ignored: (path: string) => boolean) {
  const entries = new Map<string, Entry>();
  const key = randomBytes(32);
  const mask = (text: string) =>
    text === '' ? '' : `masked:${createHmac('sha256', key).update(text).digest('base64url').slice(0, 10)}`;
  const add = (id: string, details: Details) => {
    const entry = entries.get(id);
    if (entry !== undefined) entries.set(id, { ...entry, details: { ...entry.details, ...details } });
  };
  const observer: RequestObserver = {
    begin: () => {},
    underway: () => 0,
    refused: (id, error, reason) => add(id, { error, reason }),
    end(id, _issuer, endpoint) {
      const raw = entries.get(id)?.raw;
      if (raw?.destroyed === false) add(id, { endpoint, status: raw.statusCode });
    },
    unreadable: () => {},
  };
  return {
    observer,
    add,
    refused: ({ request_id, error, reason }: Refused) => add(request_id, { error, reason }),
    /** For the hook before a request is answered, when its body has been read. */
    begin({ id, raw, body }: FastifyRequest, reply: FastifyReply) {
      const url = new URL(raw.url ?? '/', 'http://mock');
      if (ignored(url.pathname)) return;
      // The server replaces the type for its parser; this is the one that was sent.
      const headers = { ...raw.headers, 'content-type': raw.headersDistinct['content-type']?.[0] };
      const details = {
        time: new Date(now()).toISOString(),
        method: raw.method ?? '',
        path: url.pathname,
        headers: masked(Object.entries(headers), mask),
        query: masked([...url.searchParams], mask),
        ...bodyOf(headers, body, mask),
      };
      entries.set(id, { details, raw: reply.raw });
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    },
    /** Closes the connection that a request came by. */
    disconnect: (id: string) => entries.get(id)?.raw.destroy(),
    list: () => [...entries.values()].map(({ details }) => details as RecordedRequest),
    clear: () => entries.clear(),
  };
}

type Mask = (text: string) => string;

/** By name; a list for a name that occurs more than once. */
function masked(pairs: readonly (readonly [string, unknown])[], mask: Mask): Values {
  const grouped = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries(
    [...grouped].map(([name, all]) => {
      const values = all.map(([, value]) => maskedValue(name, value, mask));
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

function maskedValue(name: string, value: unknown, mask: Mask): unknown {
  if (secretHeaders.test(name))
    return typeof value === 'string' ? maskedCredentials(value, mask) : mask(JSON.stringify(value));
  return secretNames.test(name) && typeof value === 'string' ? mask(value) : value;
}

/** The scheme is shown, and of Basic the client_id. */
function maskedCredentials(text: string, mask: Mask): string {
  const [scheme = '', credentials] = text.split(' ');
  if (credentials === undefined) return mask(text);
  const [client_id, ...secret] = Buffer.from(credentials, 'base64').toString().split(':');
  return /^basic$/i.test(scheme) && secret.length > 0
    ? `${scheme} ${client_id}:${mask(secret.join(':'))}`
    : `${scheme} ${mask(credentials)}`;
}

function bodyOf(headers: FastifyRequest['headers'], body: unknown, mask: Mask): { readonly body?: Values } {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  if (isForm({ headers })) return { body: masked([...new URLSearchParams(body.toString())], mask) };
  const json = parseJson(body.toString());
  return typeof json === 'object' && json !== null ? { body: masked(Object.entries(json), mask) } : {};
}
