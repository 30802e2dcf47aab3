// tessera dialect: list, show, check, schema; diff and try are in dialect/.

import { Command } from 'commander';
import { stringify } from 'yaml';
import { dialectJsonSchema } from '../config/dialect-schema.ts';
import { isOurs, listDialects, loadDialects, withGallery } from '../config/dialects.ts';
import { expectedDialect } from '../config/gallery.ts';
import { loadConfiguredDialects } from '../config/load.ts';
import { MistakesError } from '../config/mistakes.ts';
import { UsageError } from '../model.ts';
import { type CommonOptions, withCommon } from './common.ts';
import { addDiff } from './dialect/diff.ts';
import { addTry } from './dialect/try.ts';
import { dialectTable } from './dialect-table.ts';
import { examples, print } from './output.ts';

export function dialectCommand(): Command {
  const command = new Command('dialect').description(
    'how clients spell OAuth: what comes with Tessera, and your own',
  );
  addReading(command);
  addDiff(command);
  addTry(command);
  addChecking(command);
  return command;
}

function addChecking(command: Command): void {
  withCommon(command.command('check <files...>'))
    .description('say what is wrong with dialect files, by line and column; they may extend one another')
    .addHelpText(
      'after',
      examples(
        'tessera dialect check acme.dialect.yaml',
        'tessera dialect check acme.json base.yaml --output json',
      ),
    )
    .action(async (files: string[], { output }: CommonOptions) => {
      try {
        const loaded = [...(await loadDialects(files)).keys()];
        const own = loaded.filter((name) => !isOurs(name) || files.includes(name));
        print(output, { valid: true, dialects: own }, `valid: ${own.join(', ')}`);
      } catch (error) {
        if (output === 'text' || !(error instanceof MistakesError)) throw error;
        print(output, { valid: false, errors: error.mistakes }, '');
        process.exitCode = 2;
      }
    });
  withCommon(command.command('schema'))
    .description('print the JSON Schema of dialect files, for editors')
    .addHelpText('after', examples('tessera dialect schema > dialect.schema.json'))
    .action(({ output }: CommonOptions) => {
      const schema = dialectJsonSchema();
      print(output, schema, JSON.stringify(schema, null, 2));
    });
}

function addReading(command: Command): void {
  withCommon(command.command('list'))
    .description('list the built-in dialects, those of the gallery, and those of the configuration')
    .addHelpText('after', examples('tessera dialect list'))
    .action(async ({ config, output }: CommonOptions) => {
      const dialects = await listDialects(await loadConfiguredDialects(config, process.env));
      print(
        output,
        dialects.map((each) => ({ ...each, built_in: each.from === 'built in' })),
        dialectTable(dialects),
      );
    });
  withCommon(command.command('show <name>'))
    .description('show every field of a dialect, as a file of your own would have it')
    .addHelpText(
      'after',
      examples('tessera dialect show trelica', 'tessera dialect show standard > acme.yaml'),
    )
    .action(async (name: string, { config, output }: CommonOptions) => {
      const dialects = await loadConfiguredDialects(config, process.env);
      const dialect = dialects.get(name) ?? (await withGallery([name])).get(name);
      if (dialect === undefined)
        throw new UsageError(`dialect: got "${name}", ${expectedDialect(name, dialects.keys())}`);
      print(output, dialect, stringify(dialect).trimEnd());
    });
}
