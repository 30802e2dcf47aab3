// tessera start and tessera config check: the server, by its configuration.

import cluster from 'node:cluster';
import { Command, InvalidArgumentError } from 'commander';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { readLoginSecrets } from '../config/login.ts';
import { mostWorkers } from '../config/schema.ts';
import { readTls } from '../http/tls.ts';
import { checkMasterKey } from '../instance/master-key.ts';
import { supervise } from '../serve/supervise.ts';
import type { Listening } from '../serve/workers/messages.ts';
import { type CommonOptions, examples, print, withCommon } from './common.ts';

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
        await check(config);
        return config;
      };
      if (cluster.isWorker) return (await import('../serve/processes.ts')).serveAsWorker(load);
      const config = await load();
      const server = config.workers === 1 ? await serveAlone(config) : await supervise(config, load);
      const { origin, issuers } = server;
      const lines = issuers.map(({ name, issuer }) => `  ${name}: ${issuer}`).join('\n');
      const text = `Tessera listens on ${origin}\n${lines || '  no issuer yet: tessera issuer create'}`;
      print(options.output, { origin, pid: process.pid, issuers }, text);
    });

function parseWorkers(text: string): Workers {
  if (text === 'auto') return text;
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > mostWorkers)
    throw new InvalidArgumentError(`Expected a number from 1 to ${mostWorkers}, or auto.`);
  return count;
}

async function serveAlone(config: LoadedConfig): Promise<Listening> {
  const { listeningOf, serveUntilSignal } = await import('../serve/processes.ts');
  return listeningOf(await serveUntilSignal(config));
}

/** Finds what is wrong without opening a database. */
async function check(config: LoadedConfig): Promise<void> {
  if (config.tls !== undefined) await readTls(config.tls);
  await readLoginSecrets(config);
  await checkMasterKey(config);
}

export function configCommand(): Command {
  const command = new Command('config').description('the configuration');
  withCommon(command.command('check'))
    .description('validate the configuration and the files it names, and do nothing else')
    .addHelpText('after', examples('tessera config check --config tessera.yaml'))
    .action(async (options: CommonOptions) => {
      const config = await loadConfig(options.config, process.env);
      await check(config);
      print(options.output, { source: config.source, valid: true }, `${config.source}: valid`);
    });
  return command;
}
