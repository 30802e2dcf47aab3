// A server that is treated badly, and after every test must still do its work.

import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { dialectNames, requestToken } from '../support/endpoints.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

type Registered = Awaited<ReturnType<TestServer['register']>>;

export interface Steadfast {
  readonly server: TestServer;
  /** A client of each dialect's issuer, with its credentials. */
  client(issuer: string): Registered;
}

/** Starts a server for the tests of a file. After each of them, every issuer must still give out a token. */
export function steadfastServer(config: Record<string, unknown> = {}): Steadfast {
  let server: TestServer;
  const clients = new Map<string, Registered>();
  const client = (issuer: string): Registered => {
    const found = clients.get(issuer);
    if (found === undefined) throw new Error(`no client at ${issuer}`);
    return found;
  };
  beforeAll(async () => {
    server = await startTestServer(config);
    for (const name of dialectNames) clients.set(name, await server.register(name));
  });
  afterEach(async () => {
    for (const name of dialectNames) {
      const response = await requestToken(server, name, client(name));
      expect(response.status, await response.text()).toBe(200);
    }
  });
  afterAll(() => server.close());
  return {
    get server() {
      return server;
    },
    client,
  };
}
