// tessera start and tessera config check: the server, by its configuration.

import { Command } from 'commander';
import { checkMasterKey } from '../compose.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { readLoginSecrets } from '../config/login.ts';
import { readTls } from '../http/tls.ts';
import { startManagedServer } from '../managed.ts';
import type { RunningServer } from '../serve.ts';
import { openLog } from '../telemetry/log.ts';
import { type CommonOptions, examples, print, withCommon } from './common.ts';

export const startCommand = (): Command =>
  withCommon(new Command('start'))
    .description('start the server')
    .addHelpText(
      'after',
      examples('tessera start --config tessera.yaml', 'TESSERA_LISTEN_PORT=9000 tessera start'),
    )
    .action(async (options: CommonOptions) => {
      const config = await loadConfig(options.config, process.env);
      const { server } = await serveUntilSignal(config);
      const issuers = server.issuers().map(({ name, issuer }) => ({ name, issuer }));
      const lines = issuers.map(({ name, issuer }) => `  ${name}: ${issuer}`).join('\n');
      const text = `Tessera listens on ${server.origin}\n${lines || '  no issuer yet: tessera issuer create'}`;
      print(options.output, { origin: server.origin, pid: process.pid, issuers }, text);
    });

export function configCommand(): Command {
  const command = new Command('config').description('the configuration');
  withCommon(command.command('check'))
    .description('validate the configuration and the files it names, and do nothing else')
    .addHelpText('after', examples('tessera config check --config tessera.yaml'))
    .action(async (options: CommonOptions) => {
      const config = await loadConfig(options.config, process.env);
      if (config.tls !== undefined) await readTls(config.tls);
      await readLoginSecrets(config);
      await checkMasterKey(config);
      print(options.output, { source: config.source, valid: true }, `${config.source}: valid`);
    });
  return command;
}

/** Starts the server; the first SIGTERM or SIGINT drains it, and the process ends with 0. */
export async function serveUntilSignal(
  config: LoadedConfig,
  prepare?: Parameters<typeof startManagedServer>[2],
): Promise<{ server: RunningServer }> {
  const { log, flush } = openLog(config.log_level);
  if (
    config.public_url?.startsWith('http:') &&
    !/^http:\/\/(127\.|localhost|\[::1\])/.test(config.public_url)
  ) {
    log.warn('public_url is plain http beyond this machine: tokens and secrets can be read on the way');
  }
  const server = await startManagedServer(config, log, prepare).catch(async (error: unknown) => {
    await flush();
    throw error;
  });
  const stop = async () => {
    process.off('SIGTERM', stop).off('SIGINT', stop);
    await server.close();
    log.info('stopped');
    await flush();
    process.exit(0);
  };
  // What Node.js has to say belongs into the log, too: stderr is lines of JSON.
  process.removeAllListeners('warning').on('warning', ({ name, message }) => {
    log[name === 'ExperimentalWarning' ? 'debug' : 'warn']({ warning: name }, message);
  });
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.on('uncaughtException', async (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    await flush();
    process.exit(1);
  });
  return { server };
}
