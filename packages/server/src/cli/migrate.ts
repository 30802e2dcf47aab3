// tessera migrate: brings the database up to date. The server does so itself when it starts.

import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { openDatabase } from '../database.ts';
import { type CommonOptions, examples, print, withCommon } from './common.ts';

export const migrateCommand = (): Command =>
  withCommon(new Command('migrate'))
    .description('bring the database up to date (the server does so when it starts)')
    .addHelpText('after', examples('tessera migrate --config tessera.yaml'))
    .action(async (options: CommonOptions) => {
      const database = await openDatabase(await loadConfig(options.config, process.env));
      try {
        const applied = await database.migrate(Date.now());
        print(
          options.output,
          { applied },
          applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`,
        );
      } finally {
        await database.close();
      }
    });
