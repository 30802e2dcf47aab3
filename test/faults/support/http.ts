// Requests on connections of one's own, with everything about the answer that a proof looks at.

import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { basic } from '../../support/server.ts';

export interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The members of a JSON body; empty where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly client?: Credentials;
  readonly headers?: Readonly<Record<string, string>>;
  /** A form to POST; text is sent as it is. Without it the request is a GET. */
  readonly body?: Readonly<Record<string, string>> | string;
  readonly agent?: Agent;
  readonly patienceMs?: number;
}

/** Rejects where there is no answer: with the code of the network's error, or ETIMEDOUT. */
export function ask(url: string, { client, headers, body, agent, patienceMs = 15_000 }: Asked = {}) {
  const text = typeof body === 'object' ? new URLSearchParams(body).toString() : body;
  const sent = {
    ...(text !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...(text !== undefined && { 'content-length': String(Buffer.byteLength(text)) }),
    ...(client && basic(client.client_id, client.client_secret)),
    ...headers,
  };
  const options = { agent: agent ?? false, method: text === undefined ? 'GET' : 'POST', headers: sent };
  return new Promise<Answer>((resolve, reject) => {
    const asked = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers: received } = response;
        resolve({ status, headers: received, json: membersOf(Buffer.concat(chunks).toString()) });
      });
    });
    asked.setTimeout(patienceMs, () =>
      asked.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    );
    asked.on('error', reject).end(text);
  });
}

function membersOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Connections that are kept, `most` at once. */
export const keepAlive = (most: number): Agent => new Agent({ keepAlive: true, maxSockets: most });

/** Why there was no answer, in a word. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
