// tessera quickstart: a server with three issuers and a demo client each, from nothing.

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { builtInDialects } from '@tessera/core';
import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Instance } from '../compose.ts';
import { readDocument } from '../config/document.ts';
import { applyEnvironment } from '../config/environment.ts';
import { finishConfig } from '../config/load.ts';
import type { RoutedIssuer } from '../http/router.ts';
import { generateSecret } from '../keys/client-secrets.ts';
import { UsageError } from '../model.ts';
import type { RunningServer } from '../serve.ts';
import { createClient, createScope, findClient } from '../store/registry.ts';
import { examples, outputOption, print } from './common.ts';
import { demoIssuers } from './demo.ts';
import { serveUntilSignal } from './start.ts';

interface QuickstartOptions {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly output: 'text' | 'json';
}

const credentialsSchema = z.strictObject({ client_id: z.string().min(1), client_secret: z.string().min(1) });
const demoSchema = z.strictObject({
  standard: credentialsSchema,
  trelica: credentialsSchema,
  tilia: credentialsSchema,
});
type Credentials = z.infer<typeof credentialsSchema>;
type DemoCredentials = Readonly<Record<string, Credentials>>;

export const quickstartCommand = (): Command =>
  new Command('quickstart')
    .description('start a server with three issuers and a demo client each; nothing to configure')
    .option('-p, --port <number>', 'the port; 0 picks a free one', parsePort, 8080)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('-d, --data <folder>', 'where the database and the keys are', './tessera-data')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples('tessera quickstart', 'tessera quickstart --port 0 --data /tmp/demo --output json'),
    )
    .action(quickstart);

async function quickstart(options: QuickstartOptions): Promise<void> {
  const data = resolve(options.data);
  const credentials = await demoCredentials(data);
  const issuers = demoIssuers.map(({ issuer }) => issuer);
  const document = (port: number) => ({ listen: { host: options.host, port }, data: '.', issuers });
  const settings = { ...applyEnvironment({}, process.env), ...document(options.port) };
  const config = await finishConfig(settings, 'quickstart', data);
  const { server } = await serveUntilSignal(config, (instance) => registerDemo(instance, credentials));
  await noteConfig(join(data, 'tessera.yaml'), document(server.port));
  const described = demoIssuers.flatMap((demo) =>
    server
      .issuers()
      .flatMap((issuer) =>
        issuer.name === demo.issuer.name ? describe(issuer, credentials[issuer.name]) : [],
      ),
  );
  const json = { origin: server.origin, pid: process.pid, issuers: Object.fromEntries(described) };
  print(options.output, json, banner(server, options, json.issuers));
}

/** So that the other commands find this database. What somebody has added to the file stays. */
async function noteConfig(file: string, document: Record<string, unknown>): Promise<void> {
  try {
    const known = existsSync(file) ? await readDocument(file) : {};
    await writeFile(file, stringify({ ...document, ...known, listen: document.listen }));
  } catch (error) {
    process.stderr.write(
      `tessera: ${file} was not written (${error instanceof Error ? error.message : error})\n`,
    );
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('Expected a number from 0 to 65535.');
  return port;
}

/** The demo clients' credentials: made once and kept in a file that its owner alone can read. */
async function demoCredentials(data: string): Promise<DemoCredentials> {
  const file = join(data, 'quickstart.json');
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    const known = demoSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (known.success) return known.data;
    throw new SyntaxError('not what quickstart writes');
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new UsageError(`${file}: is not what quickstart wrote; delete it`);
    const code = error instanceof Error && 'code' in error ? error.code : error;
    if (code !== 'ENOENT') throw new UsageError(`data: got "${data}", which cannot be used (${code})`);
  }
  const made = Object.fromEntries(
    demoIssuers.map(({ issuer }) => {
      const shape = builtInDialects.find(({ name }) => name === issuer.dialect)?.credentials;
      const client_secret = generateSecret(shape?.client_secret ?? 'token');
      return [issuer.name, { client_id: crypto.randomUUID(), client_secret }];
    }),
  );
  await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return made;
}

/** Registers what is not registered yet; run again on the same data it changes nothing. */
async function registerDemo(
  { admin: { db, hashes, now } }: Instance,
  credentials: DemoCredentials,
): Promise<void> {
  for (const { issuer, scopes, owner } of demoIssuers) {
    const known = credentials[issuer.name];
    if (known === undefined || (await findClient(db, issuer.name, known.client_id)) !== undefined) continue;
    for (const [name, description] of Object.entries(scopes))
      await createScope(db, issuer.name, name, description, now());
    const hash = hashes.hashGenerated(known.client_secret);
    const client = {
      client_id: known.client_id,
      client_name: 'Demo integration',
      owner,
      token_endpoint_auth_method:
        issuer.dialect === 'tilia' ? ('client_secret_post' as const) : ('client_secret_basic' as const),
      grant_types: ['client_credentials'],
      scope: Object.keys(scopes),
      introspection: 'own' as const,
      disabled: false,
      secrets: [
        { id: crypto.randomUUID(), kind: 'keyed' as const, hash, expires_at: null, revoked_at: null },
      ],
    };
    await createClient(db, issuer.name, client, now());
  }
}

const describe = ({ name, issuer, dialect, scopes }: RoutedIssuer, credentials: Credentials | undefined) => {
  if (credentials === undefined) return [];
  const registered = demoIssuers.find((demo) => demo.issuer.name === name)?.scopes ?? {};
  const scope = Object.keys(registered)
    .filter((scope) => scopes.includes(scope))
    .join(dialect.scope.delimiter);
  const token_endpoint = issuer + dialect.paths.token;
  return [
    [name, { issuer, token_endpoint, jwks_uri: issuer + dialect.paths.jwks, ...credentials, scope }] as const,
  ];
};

type Described = {
  issuer: string;
  token_endpoint: string;
  client_id: string;
  client_secret: string;
  scope: string;
};

function banner(
  server: RunningServer,
  { data }: QuickstartOptions,
  issuers: Record<string, Described>,
): string {
  const sections = Object.entries(issuers).map(
    ([name, { issuer, client_id, client_secret, ...described }]) => {
      const curl = demoIssuers
        .find((demo) => demo.issuer.name === name)
        ?.curl({ client_id, client_secret, ...described });
      return [
        `${name}  ${issuer}`,
        `  client_id      ${client_id}`,
        `  client_secret  ${client_secret}`,
        '',
        `  ${curl}`,
      ].join('\n');
    },
  );
  return [
    `Tessera listens on ${server.origin} and keeps its data in ${data}`,
    '',
    ...sections.flatMap((section) => [section, '']),
    'Stop with Ctrl+C. Started again on the same data, all of this stays as it is.',
  ].join('\n');
}
