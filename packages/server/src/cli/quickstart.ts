// tessera quickstart: a server with three issuers and a demo client each, from nothing.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { urlBelow } from '@tessera-oauth/core';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { readDocument } from '../config/document.ts';
import { applyEnvironment } from '../config/environment.ts';
import { finishConfig } from '../config/load.ts';
import { type ServedIssuer, UsageError } from '../model.ts';
import { refuseTakenPorts } from '../serve/free-ports.ts';
import { serveUntilSignal } from '../serve/processes.ts';
import type { RunningServer } from '../serve/server.ts';
import { checkConfig } from './check-config.ts';
import { parsePort } from './common.ts';
import { demoIssuers, demoRedirectUri } from './demo/issuers.ts';
import { type Demo, readDemo, registerDemo } from './demo/registration.ts';
import { examples, type OutputFormat, outputOption, print, tell } from './output.ts';

interface QuickstartOptions {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly output: OutputFormat;
}

export const quickstartCommand = (): Command =>
  new Command('quickstart')
    .description('start a server with three issuers and a demo client each; nothing to configure')
    .option('-p, --port <number>', 'the port; 0 picks a free one', parsePort, 8080)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('-d, --data <folder>', 'where the database and the keys are', './tessera-data')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples('tessera quickstart', 'tessera quickstart --port 0 --data ./demo --output json'),
    )
    .action(quickstart);

async function quickstart(options: QuickstartOptions): Promise<void> {
  if (options.data === '') throw new UsageError('--data: got "", expected a folder');
  const data = resolve(options.data);
  const issuers = demoIssuers.map(({ issuer }) => issuer);
  // A page that is being developed renews its tokens without a question, on whatever port it is.
  const loopback_origins = ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:*`);
  const login = { loopback_origins };
  const document = (port: number) => ({ listen: { host: options.host, port }, data: '.', issuers });
  const settings = { ...applyEnvironment({ login }, process.env), ...document(options.port) };
  // The database may be one that is in use, or its tessera.yaml one that an operator has added to.
  const config = { ...(await finishConfig(settings, 'quickstart', data)), keepsOthers: true } as const;
  // Before the data folder is made: what is refused leaves nothing behind.
  await checkConfig(config);
  await refuseTakenPorts(config);
  const demo = await readDemo(data);
  const server = await serveUntilSignal(config, (instance) => registerDemo(instance, demo));
  await writeConfig(join(data, 'tessera.yaml'), { ...document(server.port), login });
  const described = demoIssuers.flatMap(({ issuer: { name } }) =>
    server.issuers().flatMap((issuer) => (issuer.name === name ? describe(issuer, demo) : [])),
  );
  const { origin } = server;
  const json = { origin, pid: process.pid, user: demo.user, issuers: Object.fromEntries(described) };
  const app = options.output === 'text' ? await startApp(server, demo) : undefined;
  print(options.output, json, banner(server, options, json.issuers, demo.user, app));
}

/** JSON is for programs, which bring an app of their own: they do not load this one. */
async function startApp(server: RunningServer, demo: Demo): Promise<string> {
  const { startDemoApp } = await import('./demo/app.ts');
  return startDemoApp(server.issuers(), demo, server.port + 1);
}

/** Writes the file by which the other commands find this database. What an operator has added to it stays. */
async function writeConfig(file: string, document: Record<string, unknown>): Promise<void> {
  try {
    const known = existsSync(file) ? await readDocument(file) : {};
    await writeFile(file, stringify({ ...document, ...known, listen: document.listen }));
  } catch (error) {
    tell(`${file} was not written (${error instanceof Error ? error.message : error})`);
  }
}

const describe = ({ name, issuer, dialect, scopes }: ServedIssuer, { clients, apps }: Demo) => {
  const credentials = clients[name];
  if (credentials === undefined) return [];
  const registered = demoIssuers.find((demo) => demo.issuer.name === name)?.scopes ?? {};
  const scope = Object.keys(registered)
    .filter((scope) => scopes.includes(scope))
    .join(dialect.scope.delimiter);
  const token_endpoint = urlBelow({ issuer }, dialect.paths.token);
  const app = apps[name];
  const withApp = app !== undefined && {
    authorization_endpoint: urlBelow({ issuer }, dialect.paths.authorization ?? ''),
    app: { ...app, redirect_uris: [demoRedirectUri] },
  };
  const described = {
    issuer,
    token_endpoint,
    jwks_uri: urlBelow({ issuer }, dialect.paths.jwks),
    ...credentials,
    scope,
    ...withApp,
  };
  return [[name, described] as const];
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
  user: Demo['user'],
  app: string | undefined,
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
  const { config, database } = server.instance;
  return [
    `Tessera listens on ${server.origin} and keeps its data in ${config.database === undefined ? data : database.name}`,
    '',
    ...sections.flatMap((section) => [section, '']),
    ...(app === undefined
      ? []
      : ['A user signs in, allows an app something, and the app gets its tokens:', '', `  open      ${app}`]),
    `  login     ${user.login}`,
    `  password  ${user.password}`,
    '',
    'Stop with Ctrl+C. Started again on the same data, all of this stays as it is.',
  ].join('\n');
}
