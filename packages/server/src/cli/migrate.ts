// tessera migrate: brings the database up to date. The server does so itself when it starts.

import { Command } from 'commander';
import { openDatabase } from '../compose.ts';
import { loadConfig } from '../config/load.ts';
import { migrate } from '../store/migrate.ts';
import { type CommonOptions, examples, print, withCommon } from './common.ts';

export const migrateCommand = (): Command =>
  withCommon(new Command('migrate'))
    .description('bring the database up to date (the server does so when it starts)')
    .addHelpText('after', examples('tessera migrate --config tessera.yaml'))
    .action(async (options: CommonOptions) => {
      const db = await openDatabase(await loadConfig(options.config, process.env));
      try {
        const applied = await migrate(db, Date.now());
        print(
          options.output,
          { applied },
          applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`,
        );
      } finally {
        await db.destroy();
      }
    });
