// tessera mock: an authorization server for tests, that gives any client what it asks for.

import { signingAlgorithms } from '@tessera-oauth/core';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type FaultRule, type MockOptions, startMock } from '../mock/index.ts';
import { UsageError } from '../model.ts';
import { collect, list, parsePort } from './common.ts';
import { dialectTable } from './dialect-table.ts';
import { examples, outputOption, print } from './output.ts';

interface Options {
  readonly dialect: string;
  readonly alg?: MockOptions['signing_alg'];
  readonly port: number;
  readonly host: string;
  readonly publicUrl?: string;
  readonly acceptAnyClientFromAnywhere?: true;
  readonly client?: NonNullable<MockOptions['clients']>;
  readonly scope?: string[];
  readonly resource?: string[];
  readonly lifetime?: number;
  readonly claim?: Record<string, unknown>;
  readonly fault?: FaultRule[];
  readonly output: 'text' | 'json';
}

export const mockCommand = (): Command =>
  new Command('mock')
    .description('start an authorization server for tests, which gives any client what it asks for')
    .option(
      '--dialect <name>',
      'a dialect by its name, or a YAML or JSON file; list: what there is',
      'standard',
    )
    .addOption(
      new Option(
        '--alg <name>',
        'signs access tokens (default: the dialect’s first); ID tokens: RS256',
      ).choices(signingAlgorithms),
    )
    .option('-p, --port <number>', 'the port; 0 picks a free one', parsePort, 8090)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--public-url <origin>', 'the issuer, where clients reach it by another name')
    .option('--accept-any-client-from-anywhere', 'listen on an address that other machines reach')
    .option('--client <id:secret>', 'a client; with one, no others. Without a secret: public', parseClient)
    .option('--scope <names>', 'what a client gets that names no scope', list)
    .option('--resource <uri>', 'an API; the first is the default audience', collect)
    .option('--lifetime <seconds>', 'how long access tokens live (default: the dialect’s)', parseLifetime)
    .option(
      '--claim <name=value>',
      'a further member of access tokens; the value is JSON or text',
      parseClaim,
    )
    .option('--fault <rule>', 'such as nth=3,status=503 or client_id=a,delay=2s', parseFault)
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        'tessera mock --dialect tilia --port 0 --output json',
        'tessera mock --dialect list',
        'tessera mock --client app:secret --claim account_id=acct-1 --fault nth=3,status=503',
      ),
    )
    .action(run);

async function run(options: Options): Promise<void> {
  if (options.dialect === 'list') return printDialects(options.output);
  const mock = await namingOptions(() =>
    startMock({
      dialect: options.dialect,
      signing_alg: options.alg,
      port: options.port,
      host: options.host,
      public_url: options.publicUrl,
      accept_any_client_from_anywhere: options.acceptAnyClientFromAnywhere,
      clients: options.client,
      scope: options.scope,
      resources: options.resource,
      lifetime: options.lifetime,
      claims: options.claim,
      faults: options.fault,
    }),
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => mock.close().then(() => process.exit(0)));
  const { url, issuer, token_endpoint, jwks_uri, control_url } = mock;
  const text = [
    `A mock of ${options.dialect} listens on ${url}, and takes ${options.client ? 'the clients given' : 'any client'}`,
    '',
    `  token    ${token_endpoint}`,
    `  keys     ${jwks_uri}`,
    `  control  ${control_url}`,
    '',
    'Stop with Ctrl+C.',
  ];
  const json = { url, issuer, token_endpoint, jwks_uri, control_url, pid: process.pid };
  print(options.output, json, text.join('\n'));
}

/** The options by which members are typed. */
const optionOf = {
  dialect: '--dialect',
  signing_alg: '--alg',
  host: '--host',
  public_url: '--public-url',
  clients: '--client',
  scope: '--scope',
  resources: '--resource',
  claims: '--claim',
  fault: '--fault',
} as const;

/** A mistake names the option that was typed, and within it the part: `--client: client_secret: got "", …`. */
async function namingOptions<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      error.message
        .split('\n')
        .map((line) =>
          line.replace(/^(?:mock: )?([a-z_]+)(?:\[\d+\])?(?:\.([\w.-]+))?: /, (same, member, part) => {
            const option = Object.hasOwn(optionOf, member)
              ? optionOf[member as keyof typeof optionOf]
              : undefined;
            return option === undefined ? same : `${option}: ${part === undefined ? '' : `${part}: `}`;
          }),
        )
        .join('\n'),
    );
  }
}

function parseLifetime(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > 86_400)
    throw new InvalidArgumentError('expected a whole number of seconds from 1 to 86400');
  return seconds;
}

async function printDialects(output: Options['output']): Promise<void> {
  const { listDialects } = await import('../config/dialects.ts');
  const dialects = await listDialects();
  print(output, dialects, dialectTable(dialects));
}

function parseClient(text: string, previous: NonNullable<MockOptions['clients']> = []) {
  const [client_id = '', ...secret] = text.split(':');
  const client_secret = secret.length > 0 ? secret.join(':') : undefined;
  return [...previous, { client_id, client_secret }];
}

function parseClaim(text: string, previous: Record<string, unknown> = {}) {
  const [name = '', ...value] = text.split('=');
  if (name === '' || value.length === 0)
    throw new InvalidArgumentError(
      'expected a name, an equals sign and the value, such as account_id=acct-1',
    );
  return { ...previous, [name]: jsonOrText(value.join('=')) };
}

/** `close` alone, or pairs with commas between; what is wrong with the rule is said where rules are judged. */
function parseFault(text: string, previous: FaultRule[] = []): FaultRule[] {
  const pairs = text.split(',').map((pair): [string, unknown] => {
    const [name = '', value] = pair.split('=');
    return [name, value === undefined ? true : /^\d+$/.test(value) ? Number(value) : value];
  });
  return [...previous, Object.fromEntries(pairs) as FaultRule];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
