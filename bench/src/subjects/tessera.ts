// Tessera as in production, on a seeded database: `tessera start` with a configuration file.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { requestTokens } from '../measures/check.ts';
import { ISSUERS, type Place, type Seeded } from '../rows/seeded.ts';
import { clientId, SCOPE } from '../rows/seeding.ts';
import { type Server, startServer } from './processes.ts';
import { type Alg, basic, root, type Target, tessera } from './subjects.ts';

const issuerOf: Record<Alg, string> = { RS256: 'rs256', ES256: 'standard' };

/** `workers` is the value of `--workers`; without it, the server's own default. */
export function startTessera(place: Place, workers?: string): Promise<Server> {
  const file = join(place.data, 'tessera.yaml');
  // JSON is YAML. The file may contain a password.
  const config = { issuers: ISSUERS, ...place, listen: { port: 0 } };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const flags = workers === undefined ? [] : ['--workers', workers];
  return startServer('tessera', {
    args: [tessera, 'start', '--config', file, '--output', 'json', ...flags],
    cwd: root,
  });
}

export const tokenEndpoint = (server: Server, alg?: Alg): string => `${locationOf(server, alg)}/oauth2/token`;

function locationOf({ line }: Server, alg: Alg = 'ES256'): string {
  const issuers = line.issuers as { name: string; issuer: string }[];
  const found = issuers.find(({ name }) => name === issuerOf[alg]);
  if (found === undefined) throw new Error(`tessera is ready, but has no issuer ${issuerOf[alg]}`);
  return found.issuer;
}

/** A client_credentials request of a seeded client, like those to the other subjects. */
export const clientCredentials = (server: Server, seeded: Seeded, client: number, alg?: Alg): Target => ({
  url: tokenEndpoint(server, alg),
  authorization: basic(clientId(client), seeded.secret(client)),
  body: new URLSearchParams({ grant_type: 'client_credentials', scope: SCOPE.join(' ') }).toString(),
});

/** Requests one token, and verifies it. */
export async function verifyOnce(server: Server, request: Omit<Target, 'url'>, alg?: Alg): Promise<void> {
  const keys = createRemoteJWKSet(new URL(`${locationOf(server, alg)}/oauth2/jwks`));
  const { access_token } = await requestTokens({ ...request, url: tokenEndpoint(server, alg) });
  await jwtVerify(access_token, keys, { algorithms: [alg ?? 'ES256'] });
}
