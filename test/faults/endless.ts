// One client asks for tokens and revokes them as fast as it can, and strangers guess secrets of clients that do not exist: the
// deny-list and the memory stay as small as docs/operations/limits.md says, and others are answered as before.

import { randomUUID } from 'node:crypto';
import { mostEntries } from '../../packages/server/src/store/tables/revoked-tokens.ts';
import { busyMachine, type Circumstances, type Proof, scaled } from './proof.ts';
import { type Tessera, withTessera } from './support/folder.ts';
import { asFastAsPossible, atPace, Connections, formRequest, p99 } from './support/traffic.ts';
import { type App, issuers, registerApps } from './support/use.ts';

/** Seconds of each flood; there are three, and the second and third must add nothing. */
const seconds = 60;
const window = 10;
/** Requests a second of an app in ordinary use. */
const pace = 20;
/** Bytes that a process may hold more after the third flood than after the first. */
const drift = 16 * 1024 * 1024;

export const endless: Proof = {
  name: 'endless',
  run: (circumstances) =>
    withTessera({ config: { issuers }, workers: 1 }, (server) => fill(server, circumstances)),
};

async function fill(server: Tessera, circumstances: Circumstances): Promise<string> {
  const [honest, flooding] = (
    await Promise.all([1, 2].map(() => registerApps(server, { at: 'standard' })))
  ).flat() as [App, App];
  const connections = new Connections(server.port, 32);
  const ask = async (path: string, app: App, form: Record<string, string>) => {
    const { status, body } = await connections.ask(formRequest(path, basic(app), form));
    if (status !== 200) throw new Error(`${path} gave ${status} ${body}`);
    return body === '' ? {} : JSON.parse(body);
  };
  const token = (app: App) => ask('/oauth2/token', app, { grant_type: 'client_credentials' });
  const measure = async () => p99((await atPace(pace, window, window, () => token(honest)))[0] ?? []);
  const list = async () => {
    const text = await (await fetch(`${server.origin}/oauth2/deny-list`)).text();
    const claims = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
    return { bytes: text.length, entries: claims.denied.length as number };
  };
  const revoked: string[] = [];
  const flood = async () => {
    const { access_token } = await token(flooding);
    await ask('/oauth2/revoke', flooding, { token: access_token });
    revoked.push(access_token);
    const stranger = { ...flooding, client_id: randomUUID() };
    await connections.ask(
      formRequest('/oauth2/token', basic(stranger), { grant_type: 'client_credentials' }),
    );
  };
  const before = await measure();
  const heaps: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await asFastAsPossible(scaled(seconds, circumstances), 8, flood);
    heaps.push(await server.heap());
  }
  // It goes on meanwhile, no faster than an app in ordinary use.
  const beside = atPace(pace, window, window, flood);
  const after = await measure();
  await beside;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { bytes, entries } = await list();
  const first = await ask('/oauth2/introspect', honest, { token: revoked[0] ?? '' });
  connections.close();
  const grown = (heaps[2] ?? 0) - (heaps[0] ?? 0);
  const busy = busyMachine();
  const figure =
    `p99 ${after.toFixed(1)} ms after ${revoked.length} revocations of one client, ${before.toFixed(1)} ms before${busy}; ` +
    `a deny-list of ${entries} entries, ${Math.round(bytes / 1024)} KiB; memory ${(grown / 2 ** 20).toFixed(1)} MiB more`;
  // The attempt limiter forgets a stranger's client_id after a minute, and has room for a hundred thousand.
  if (entries > mostEntries || first.active !== false || grown > drift) throw new Error(figure);
  if (after > 3 * before && busy === '') throw new Error(figure);
  if (server.errors().length > 0) throw new Error(`the log has ${JSON.stringify(server.errors()[0])}`);
  return figure;
}

const basic = ({ client_id, client_secret }: App): string =>
  `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
