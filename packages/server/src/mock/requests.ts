// The requests that the mock has received, for a test to look at. Secrets, codes and tokens are masked, because such lists
// end up in tickets; equal values are masked alike, so that a test can see that a code or a token was used again.

import { createHmac, randomBytes } from 'node:crypto';
import { type Dialect, isForm, parseJson, type Refused } from '@tessera-oauth/core';
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

/** Whether a parameter is a secret, by whichever of its names. */
export const isSecretIn =
  ({ requests: { names = {} } = {} }: Dialect): IsSecret =>
  (name) =>
    secretNames.test(name) || (Object.hasOwn(names, name) && secretNames.test(names[name] ?? ''));

export function createRecorder(now: () => number, ignored: (path: string) => boolean, isSecret: IsSecret) {
  const entries = new Map<string, Entry>();
  const key = randomBytes(32);
  const mask: Mask = (text) =>
    text === '' ? '' : `masked:${createHmac('sha256', key).update(text).digest('base64url').slice(0, 10)}`;
  const show: Show = (name, value) =>
    isSecret(name) && ['string', 'number'].includes(typeof value) ? mask(String(value)) : value;
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
        headers: shown(Object.entries(headers), (name, value) =>
          secretHeaders.test(name) ? maskedHeader(value, mask) : show(name, value),
        ),
        query: shown([...url.searchParams], show),
        ...bodyOf(headers, body, show),
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
type IsSecret = (name: string) => boolean;
type Show = (name: string, value: unknown) => unknown;

/** By name; a list for a name that occurs more than once. */
function shown(pairs: readonly (readonly [string, unknown])[], show: Show): Values {
  const grouped = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries(
    [...grouped].map(([name, all]) => {
      const values = all.map(([, value]) => show(name, value));
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

const maskedHeader = (value: unknown, mask: Mask): string =>
  typeof value === 'string' ? maskedCredentials(value, mask) : mask(JSON.stringify(value));

/** The scheme is shown, and of Basic the client_id. */
function maskedCredentials(text: string, mask: Mask): string {
  const [scheme = '', credentials] = text.split(' ');
  if (credentials === undefined) return mask(text);
  const [client_id, ...secret] = Buffer.from(credentials, 'base64').toString().split(':');
  return /^basic$/i.test(scheme) && secret.length > 0
    ? `${scheme} ${client_id}:${mask(secret.join(':'))}`
    : `${scheme} ${mask(credentials)}`;
}

function bodyOf(headers: FastifyRequest['headers'], body: unknown, show: Show): { readonly body?: Values } {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  if (isForm({ headers })) return { body: shown([...new URLSearchParams(body.toString())], show) };
  const json = parseJson(body.toString());
  return typeof json === 'object' && json !== null ? { body: shown(Object.entries(json), show) } : {};
}
