// tessera version, which --version prints too.

import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { examples, type OutputFormat, outputOption, print } from './output.ts';

export const { version } = packageJson;

export const versionCommand = (): Command =>
  new Command('version')
    .description('print the version')
    .addOption(outputOption())
    .addHelpText('after', examples('tessera version'))
    .action(({ output }: { readonly output: OutputFormat }) => print(output, { version }, version));
