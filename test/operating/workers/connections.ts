// Connections that are kept open: each stays with the worker that got it.

import { Agent, request } from 'node:http';
import type { Credentials } from '../../command-line/requests.ts';
import { basic } from '../../support/server.ts';

export interface Answer {
  readonly status: number;
  /** The process that answered, where it says so. */
  readonly process: string | undefined;
  readonly json: Record<string, unknown>;
}

/** Asks for something on one connection, again and again. */
export class Connection {
  readonly #origin: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(origin: string) {
    this.#origin = origin;
  }

  ask(path: string, client?: Credentials, form?: Readonly<Record<string, string>>): Promise<Answer> {
    const body = form && new URLSearchParams(form).toString();
    const headers = {
      ...(client && basic(client.client_id, client.client_secret)),
      ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    };
    const options = { agent: this.#agent, method: body === undefined ? 'GET' : 'POST', headers };
    return new Promise((resolve, reject) => {
      const asked = request(this.#origin + path, options, (response) => {
        response.toArray().then((chunks) => {
          const { statusCode: status = 0, headers } = response;
          // A request id begins with what is its process's own.
          const process = headers['x-request-id']?.slice(0, 8).toString();
          resolve({ status, process, json: JSON.parse(chunks.join('') || '{}') });
        }, reject);
      });
      asked.on('error', reject).end(body);
    });
  }

  /** The process at the other end. */
  async process(): Promise<string> {
    const { process } = await this.ask('/nothing-here');
    if (process === undefined) throw new Error('an answer without a request id');
    return process;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** One connection to each of `count` workers. */
export async function connectToEach(origin: string, count: number): Promise<Connection[]> {
  const found = new Map<string, Connection>();
  for (let tried = 0; found.size < count && tried < 10 * count; tried += 1) {
    const connection = new Connection(origin);
    const process = await connection.process();
    if (found.has(process)) connection.close();
    else found.set(process, connection);
  }
  if (found.size < count) throw new Error(`${found.size} processes answer, expected ${count}`);
  return [...found.values()];
}
