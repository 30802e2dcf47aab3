// What the commands share: options, and connecting to the deployment.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration } from '../config/schema.ts';
import { tokenReuse, tokenReuseExpected } from '../config/values.ts';
import type { Instance } from '../instance/instance.ts';
import type { ServedIssuer } from '../model.ts';
import { type OutputFormat, outputOption } from './output.ts';

export interface CommonOptions {
  readonly config?: string;
  readonly output: OutputFormat;
}

/** `--config` and `--output`, which every command on a database has. */
export const withCommon = (command: Command): Command =>
  command
    .option(
      '-c, --config <file>',
      'the configuration (default: tessera.yaml, else tessera-data/tessera.yaml)',
    )
    .addOption(outputOption());

/** The same, for commands on what belongs to an issuer. */
export const withIssuer = (command: Command): Command =>
  withCommon(command).option('-i, --issuer <name>', 'the issuer (default: the only one)');

/** Connects to the deployment of the configuration, runs `work` on it, and closes it whatever happens. */
export async function withInstance(
  options: CommonOptions,
  work: (instance: Instance, issuers: readonly ServedIssuer[]) => Promise<void>,
): Promise<void> {
  const [{ connectInstance }, { loadConfig }] = await Promise.all([
    import('../instance/connect.ts'),
    import('../config/load.ts'),
  ]);
  const instance = await connectInstance(await loadConfig(options.config, process.env));
  try {
    await work(instance, await instance.loadIssuers());
  } finally {
    await instance.close();
  }
}

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

/** Collects the values of an option that may be repeated, or be a list with commas or spaces between. */
export const list = (value: string, previous: readonly string[] = []): string[] => [
  ...previous,
  ...value.split(/[ ,]+/).filter((item) => item !== ''),
];

/** An option with choices, which an empty text takes away; `emptied` says what holds then. */
export function emptiable(
  flags: string,
  description: string,
  choices: readonly string[],
  emptied: string,
): Option {
  const option = new Option(flags, `${description}; '': ${emptied}`).choices(choices);
  return option.argParser((given) => {
    if (given === '' || choices.includes(given)) return given;
    throw new InvalidArgumentError(`expected one of ${choices.join(', ')}, or '': ${emptied}`);
  });
}

/** A duration from now, as epoch milliseconds. */
export function fromNow(text: string): number {
  const parsed = duration.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('expected a duration such as 90d or 12h');
  return Date.now() + parsed.data;
}

/** `30s` or `off`, as seconds; `more` is expected too. */
export function parseTokenReuse(text: string, more = ''): number {
  const parsed = tokenReuse.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(`expected ${tokenReuseExpected}${more}`);
  return parsed.data;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('expected a number from 0 to 65535');
  return port;
}
