// tessera migrate: brings the database up to date, as a start of the server does.

import { Command } from 'commander';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { planDatabase } from '../instance/database.ts';
import { migrateInstance } from '../instance/open.ts';
import { type CommonOptions, withCommon } from './common.ts';
import { examples, print, tell } from './output.ts';

interface Options extends CommonOptions {
  readonly dryRun?: true;
}

const nothing = 'up to date';

export const migrateCommand = (): Command =>
  withCommon(new Command('migrate'))
    .description('bring the database up to date, or make it (the server does so when it starts)')
    .option('--dry-run', 'print the SQL that would be run, and change nothing')
    .addHelpText(
      'after',
      examples('tessera migrate --config tessera.yaml', 'tessera migrate --dry-run > migration.sql'),
    )
    .action(async (options: Options) => {
      const config = await loadConfig(options.config, process.env);
      await (options.dryRun ? plan : migrate)(config, options.output);
    });

async function migrate(config: LoadedConfig, output: CommonOptions['output']): Promise<void> {
  const { applied, newer } = await migrateInstance(config);
  print(output, { applied }, applied.length === 0 ? nothing : `applied ${applied.join(', ')}`);
  // No failure: a server of the release before may be started by a script that migrates first, and it may serve.
  if (newer.length > 0) tell(`the database is of a newer release (${newer.join(', ')})`);
}

async function plan(config: LoadedConfig, output: CommonOptions['output']): Promise<void> {
  const planned = await planDatabase(config, Date.now());
  const script = planned.statements.map((statement) => `${statement};`).join('\n');
  print(output, planned, planned.pending.length === 0 ? `-- ${nothing}` : script);
}
