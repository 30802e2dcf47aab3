// A server whose users sign in elsewhere: at `corp`, a second Tessera, and at `op`, oidc-provider; and at providers that
// do not work. The browser's way through them, step by step.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  authorize,
  createTestUser,
  type Page,
  type TestUser,
  type UserAgent,
} from '../support/user-agent.ts';
import { type OtherProvider, startOidcProvider } from './oidc-provider.ts';

export interface Upstreams {
  readonly server: TestServer;
  readonly corp: TestServer;
  /** Of `corp`. */
  readonly employee: TestUser;
  readonly op: OtherProvider;
  readonly client_secrets: readonly string[];
  /** Follows the link on the sign-in page; gives where at the provider it leads. */
  start(name: string, url: string, agent: UserAgent): Promise<string>;
  /** Signs in there, with a browser that has the provider's cookies; gives the way back. */
  signIn(name: string, target: string, at: UserAgent, employee?: TestUser): Promise<string>;
  /** From the app's request to the answer that the app gets. */
  authorize(name: string, url: string, agent: UserAgent, at: UserAgent): Promise<URL>;
  close(): Promise<void>;
}

/** `more`: providers beside the two, by name, and their issuers. */
export async function startUpstreams(more: Record<string, string> = {}): Promise<Upstreams> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-upstreams-'));
  const [corp, op] = await Promise.all([startTestServer(), startOidcProvider()]);
  // The port of a loopback address is free (RFC 8252 §7.3).
  const { client_id, client_secret } = await corp.register('standard', {
    redirect_uris: [
      'http://127.0.0.1/account/upstream/corp/callback',
      'http://127.0.0.1/trelica/account/upstream/corp/callback',
    ],
    scope: ['openid', 'profile', 'email'],
  });
  const upstreams = await Promise.all(
    [
      { name: 'corp', issuer: corp.origin, client_id, client_secret },
      { name: 'op', ...op },
      ...Object.entries(more).map(([name, issuer]) => ({
        name,
        issuer,
        client_id: 'x',
        client_secret: randomBytes(16).toString('hex'),
      })),
    ].map(async ({ name, issuer, client_id, client_secret }) => {
      const client_secret_file = join(folder, name);
      await writeFile(client_secret_file, `${client_secret}\n`);
      return { name, label: `The ${name}`, issuer, client_id, client_secret_file };
    }),
  );
  const server = await startTestServer({ login: { upstreams } });
  op.allow(`${server.origin}/account/upstream/op/callback`);
  const employee = await createTestUser(corp);

  const start: Upstreams['start'] = async (name, url, agent) => {
    const { location } = await agent.get(linkOf(await agent.get(url), name));
    if (location === undefined) throw new Error(`${name} leads nowhere`);
    return location;
  };
  const signIn: Upstreams['signIn'] = async (name, target, at, who = employee) => {
    if (name === 'corp') return (await authorize(at, target, who)).href;
    const { location, text } = await at.follow(await at.get(target));
    if (location === undefined) throw new Error(`${name} says: ${text}`);
    return location;
  };
  return {
    server,
    corp,
    employee,
    op,
    client_secrets: [client_secret, op.client_secret],
    start,
    signIn,
    async authorize(name, url, agent, at) {
      const page = await agent.follow(await agent.get(await signIn(name, await start(name, url, agent), at)));
      const { location } = page.location === undefined ? await agent.decide(page, 'allow') : page;
      if (location === undefined) throw new Error('no answer');
      return new URL(location);
    },
    async close() {
      await Promise.all([server.close(), corp.close(), op.close()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** The link of a sign-in page to a provider. */
export function linkOf({ text, url }: Page, name: string): string {
  const href = new RegExp(`href="([^"]*/account/upstream/${name}\\b[^"]*)"`).exec(text)?.[1];
  if (href === undefined) throw new Error(`no link to ${name} on ${url}`);
  return new URL(href.replaceAll('&amp;', '&'), url).href;
}
