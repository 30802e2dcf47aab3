// tessera start and tessera config check: the server, by its configuration.

import cluster from 'node:cluster';
import { Command, InvalidArgumentError } from 'commander';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { mostWorkers } from '../config/schema.ts';
import { UsageError } from '../model.ts';
import { cautionsOf } from '../serve/cautions.ts';
import { supervise } from '../serve/supervise.ts';
import type { Listening } from '../serve/workers/messages.ts';
import { checkConfig } from './check-config.ts';
import { type CommonOptions, withCommon } from './common.ts';
import { examples, print, tell } from './output.ts';

type Workers = LoadedConfig['workers'];

export const startCommand = (): Command =>
  withCommon(new Command('start'))
    .description('start the server')
    .option('-w, --workers <number>', 'processes that share the port; auto: one for each core', parseWorkers)
    .addHelpText(
      'after',
      examples(
        'tessera start --config tessera.yaml',
        'tessera start --workers auto',
        'TESSERA_LISTEN_PORT=9000 tessera start',
      ),
    )
    .action(async (options: CommonOptions & { workers?: Workers }) => {
      const load = async () => {
        const loaded = await loadConfig(options.config, process.env);
        const config = { ...loaded, workers: options.workers ?? loaded.workers };
        await checkConfig(config);
        return config;
      };
      if (cluster.isWorker) return (await import('../serve/processes.ts')).serveAsWorker(load);
      const config = await load();
      const server = config.workers === 1 ? await serveAlone(config) : await supervise(config, load);
      const { origin, address, issuers } = server;
      const where = address === origin ? origin : `${address} and is reached at ${origin}`;
      const lines = issuers.map(({ name, issuer }) => `  ${name}: ${issuer}`).join('\n');
      const text = `Tessera listens on ${where}\n${lines || '  no issuer yet: tessera issuer create'}`;
      print(options.output, { origin, address, pid: process.pid, issuers }, text);
    });

function parseWorkers(text: string): Workers {
  if (text === 'auto') return text;
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > mostWorkers)
    throw new InvalidArgumentError(`expected a number from 1 to ${mostWorkers}, or auto`);
  return count;
}

async function serveAlone(config: LoadedConfig): Promise<Listening> {
  const { listeningOf, serveUntilSignal } = await import('../serve/processes.ts');
  return listeningOf(await serveUntilSignal(config));
}

export function configCommand(): Command {
  const command = new Command('config').description('the configuration');
  withCommon(command.command('check'))
    .description('validate the configuration and the files it names, and do nothing else')
    .addHelpText('after', examples('tessera config check --config tessera.yaml'))
    .action(async ({ config: file, output }: CommonOptions) => {
      try {
        const config = await loadConfig(file, process.env);
        await checkConfig(config);
        const warnings = await cautionsOf(config);
        if (output === 'text') for (const caution of warnings) tell(`warning: ${caution}`);
        print(output, { valid: true, source: config.source, warnings }, `${config.source}: valid`);
      } catch (error) {
        if (output === 'text' || !(error instanceof UsageError)) throw error;
        print(output, { valid: false, errors: error.message.split('\n').map(mistakeIn) }, '');
        process.exitCode = 2;
      }
    });
  return command;
}

/** The parts of a sentence about a key: what was got and expected is written the same way everywhere. */
function mistakeIn(message: string): object {
  const parts = /^(?:(?:.*?: )?([\w.[\]]+): )?got (.*), expected (.*)$/.exec(message);
  if (parts !== null) return { key: parts[1], got: parts[2], expected: parts[3], message };
  const key = /(?:^|: )([\w.[\]]+): (?:got|expected|unknown) /.exec(message)?.[1];
  const got = /: got ("(?:\\.|[^"\\])*"|\d+)/.exec(message)?.[1];
  const expected = /: unknown (?:key|variable)/.test(message)
    ? 'a known key'
    : /: expected (.*)$/.exec(message)?.[1];
  return { key, got, expected, message };
}
