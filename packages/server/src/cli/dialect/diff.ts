// tessera dialect diff: what differs between two dialects.

import type { Command } from 'commander';
import { type Difference, differencesOf } from '../../config/dialect-diff.ts';
import { findDialect, isDialectFile } from '../../config/dialect-files.ts';
import { ownDialectFiles } from '../../config/load.ts';
import { type CommonOptions, withCommon } from '../common.ts';
import { examples, print } from '../output.ts';

export function addDiff(command: Command): void {
  withCommon(command.command('diff <a> <b> [others...]'))
    .description(
      'say what differs between two dialects, by their names or files; others: files that they extend',
    )
    .addHelpText(
      'after',
      examples(
        'tessera dialect diff standard trelica',
        'tessera dialect diff standard acme.dialect.yaml',
        'tessera dialect diff old/acme.yaml acme.yaml --output json',
      ),
    )
    .action(async (a: string, b: string, more: string[], { config, output }: CommonOptions) => {
      const others = [a, b, ...more].filter(isDialectFile);
      const files = [...others, ...(await ownDialectFiles(config, process.env))];
      const { dialect: one } = await findDialect(a, files);
      const { dialect: other } = await findDialect(b, files);
      const differences = differencesOf(one, other);
      const nothing = `nothing differs${one.name === other.name ? '' : ' but the name'}`;
      print(
        output,
        { a, b, differences },
        differences.length === 0 ? `${a} and ${b}: ${nothing}` : textOf(a, b, differences),
      );
    });
}

function textOf(a: string, b: string, differences: readonly Difference[]): string {
  const count = differences.length === 1 ? '1 field differs' : `${differences.length} fields differ`;
  return [
    `${a} → ${b}: ${count} (+ only in ${b}, - only in ${a})`,
    '',
    ...differences.flatMap((each) => linesOf(each, a, b)),
  ].join('\n');
}

/** What is longer has a line for each value. */
const longest = 100;

function linesOf(difference: Difference, a: string, b: string): string[] {
  const line = sentenceOf(difference);
  if (line.length <= longest || difference.change === 'added' || difference.change === 'removed')
    return [line];
  return [
    `${marks[difference.change]} ${difference.path}${difference.change === 'reordered' ? ' (order)' : ''}`,
    `    ${a}: ${shown(difference.a)}`,
    `    ${b}: ${shown(difference.b)}`,
  ];
}

const marks = { changed: '~', added: '+', removed: '-', reordered: '~' };

/** A difference in a line; values that are longer than `most` are cut. */
export function sentenceOf({ path, change, a, b }: Difference, most = Number.POSITIVE_INFINITY): string {
  const value = (each: unknown) => cut(shown(each), most);
  const said = {
    changed: () => `${path}: ${value(a)} → ${value(b)}`,
    reordered: () => `${path} (order): ${value(a)} → ${value(b)}`,
    added: () => `${path}: ${value(b)}`,
    removed: () => `${path}: ${value(a)}`,
  };
  return `${marks[change]} ${said[change]()}`;
}

const shown = (value: unknown): string => JSON.stringify(value);

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);
