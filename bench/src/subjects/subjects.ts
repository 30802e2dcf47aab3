// The four subjects: how each is started, and the URLs of its token endpoint and its keys.

import { join } from 'node:path';
import type { JSONWebKeySet } from 'jose';
import { makeTempDir, removeTempDir, type Server, startServer } from './processes.ts';

export const ALGS = ['RS256', 'ES256'] as const;
export type Alg = (typeof ALGS)[number];

export const SUBJECTS = ['tessera', 'floor', 'oidc-provider', 'node-oauth2-server'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** What one token request consists of. */
export type Target = { url: string; authorization: string; body: string };

export type Subject = {
  name: SubjectName;
  alg: Alg;
  server: Server;
  target: Target;
  jwks: () => Promise<JSONWebKeySet>;
  stop: () => Promise<void>;
};

export const root = join(import.meta.dirname, '../../..');

// Tessera's quickstart has an issuer for each algorithm; the one for RS256 speaks the dialect trelica.
const issuerOf: Record<Alg, string> = { RS256: 'trelica', ES256: 'standard' };

export async function startSubject(name: SubjectName, alg: Alg, plainDir: string): Promise<Subject> {
  return name === 'tessera' ? startTessera(alg) : startPeer(name, alg, plainDir);
}

export const tessera = 'packages/server/bin/tessera.js';

/** Tessera's quickstart, on a free port. */
const startQuickstart = (data: string): Promise<Server> =>
  startServer('tessera', {
    args: [tessera, 'quickstart', '--port', '0', '--data', data, '--output', 'json'],
    cwd: root,
  });

async function startTessera(alg: Alg): Promise<Subject> {
  const data = makeTempDir();
  try {
    const server = await startQuickstart(data);
    const stop = async () => {
      await server.stop();
      removeTempDir(data);
    };
    try {
      const issuers = Object(server.line.issuers);
      const issuer: Record<string, unknown> = Object(issuers[issuerOf[alg]]);
      const jwks = async () => {
        const response = await fetch(text(issuer, 'jwks_uri', 'tessera'), {
          signal: AbortSignal.timeout(5_000),
        });
        return (await response.json()) as JSONWebKeySet;
      };
      return { name: 'tessera', alg, server, target: targetOf(issuer, 'tessera'), jwks, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    removeTempDir(data);
    throw error;
  }
}

async function startPeer(name: SubjectName, alg: Alg, plainDir: string): Promise<Subject> {
  const server = await startServer(name, { args: [join(plainDir, `${name}.js`), alg], cwd: root });
  const jwks = async () => server.line.jwks as JSONWebKeySet;
  return { name, alg, server, target: targetOf(server.line, name), jwks, stop: server.stop };
}

function targetOf(line: Record<string, unknown>, name: string): Target {
  // Two scopes for every subject, so that the tokens have about the same length.
  const scope = text(line, 'scope', name).split(' ').slice(0, 2).join(' ');
  const form = { grant_type: 'client_credentials', scope };
  return {
    url: text(line, 'token_endpoint', name),
    authorization: basic(text(line, 'client_id', name), text(line, 'client_secret', name)),
    body: new URLSearchParams(form).toString(),
  };
}

/** RFC 6749 §2.3.1. */
export function basic(client_id: string, client_secret: string): string {
  const credentials = [client_id, client_secret].map(encodeURIComponent).join(':');
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

function text(line: Record<string, unknown>, key: string, name: string): string {
  const value = line[key];
  if (typeof value !== 'string') throw new Error(`${name} is ready, but its line has no ${key}`);
  return value;
}
