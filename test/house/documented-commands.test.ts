// Every command that the documents show is one that the program has, with options that it has.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProcess } from '../command-line/in-process.ts';
import { pages, root, split, textOf } from './markdown.ts';
import { commandsOf, shellLinesOf, tesseraCalls } from './shell-lines.ts';

interface Command {
  readonly subcommands: readonly string[];
  /** By name, short and long: whether a value follows. */
  readonly options: ReadonlyMap<string, boolean>;
  /** How many arguments it must have, and may have. */
  readonly required: number;
  readonly allowed: number;
}

const known = new Map<string, Promise<Command>>();

/** A command as its help tells it. */
function command(path: readonly string[]): Promise<Command> {
  const name = path.join(' ');
  const found = known.get(name) ?? inProcess([...path, '--help']).then(({ stdout }) => readHelp(stdout));
  known.set(name, found);
  return found;
}

function readHelp(help: string): Command {
  const [usage = '', ...rest] = help.split('\n');
  const body = `\n${rest.join('\n').split('\nExamples:')[0]}`;
  const [before = '', commands = ''] = body.split('\nCommands:\n');
  const subcommands = [...commands.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name ?? '');
  const options = new Map<string, boolean>();
  for (const [, short, long, value] of before.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)( <)?/gm))
    for (const name of [short, long]) if (name !== undefined) options.set(name, value !== undefined);
  return {
    subcommands,
    options,
    required: [...usage.matchAll(/<[^>]+>/g)].length,
    allowed: usage.includes('...')
      ? Number.POSITIVE_INFINITY
      : [...usage.matchAll(/<[^>]+>|\[(?!options|command)[^\]]+\]/g)].length,
  };
}

/** What is wrong with a call; nothing where it is right. `whole` is false in running text, which may leave arguments out. */
async function mistakeIn(args: readonly string[], whole: boolean): Promise<string | undefined> {
  const path: string[] = [];
  let current = await command(path);
  let positional = 0;
  for (let at = 0; at < args.length; at += 1) {
    const [word = '', value] = (args[at] ?? '').split(/=(.*)/);
    const takesValue = current.options.get(word);
    if (word.startsWith('-') && word !== '-') {
      if (takesValue === undefined) return `tessera ${path.join(' ')}: no option ${word}`;
      if (!takesValue || value !== undefined) continue;
      at += 1;
      if (whole && args[at] === undefined) return `${word}: no value`;
    } else if (current.subcommands.length > 0) {
      if (!current.subcommands.includes(word)) return `tessera ${path.join(' ')}: no command ${word}`;
      path.push(word);
      current = await command(path);
    } else positional += 1;
  }
  if (positional > current.allowed) return `tessera ${path.join(' ')}: too many arguments`;
  if (whole && !args.includes('--help') && positional < current.required)
    return `tessera ${path.join(' ')}: an argument is missing`;
  if (whole && current.subcommands.length > 0 && path.length > 0)
    return `tessera ${path.join(' ')}: no subcommand`;
  return undefined;
}

const inShells = pages.flatMap((page) =>
  shellLinesOf(textOf(page)).flatMap((line) => tesseraCalls(line).map((args) => [page, line, args] as const)),
);
const inText = pages.flatMap((page) =>
  [
    ...split(textOf(page))
      .prose.join('\n')
      .matchAll(/`(?:npx )?tessera ([a-z][^`]*)`/g),
  ].map(
    ([, line = '']) => [page, line, tesseraCalls(`tessera ${line.replace(/\s+/g, ' ')}`)[0] ?? []] as const,
  ),
);

test('the documents show commands', () => {
  expect(inShells.length).toBeGreaterThan(25);
  expect(inText.length).toBeGreaterThan(30);
});

test.each(inShells)('%s: %s', async (_page, _line, args) => {
  expect(await mistakeIn(args, true)).toBeUndefined();
});

test.each(inText)('%s, in a sentence: %s', async (_page, _line, args) => {
  expect(await mistakeIn(args, false)).toBeUndefined();
});

test('what is not there is found', async () => {
  const mistake = (line: string) => mistakeIn(tesseraCalls(line)[0] ?? [], true);
  expect(await mistake('X=1 npx tessera client show CLIENT_ID --issuer main | head')).toBeUndefined();
  expect(await mistake('tessera client shew CLIENT_ID')).toMatch(/no command shew/);
  expect(await mistake('tessera client show CLIENT_ID --isuer main')).toMatch(/no option --isuer/);
  expect(await mistake('tessera client show')).toMatch(/an argument is missing/);
  expect(await mistake('tessera client show CLIENT_ID and more')).toMatch(/too many arguments/);
  expect(await mistake('printf %s "$SECRET" | tessera client')).toMatch(/no subcommand/);
  expect(await mistake('KEY="$(tessera key lists -o json)"')).toMatch(/no command lists/);
});

test('every `npm run` names a script', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const named = pages.flatMap((page) => [
    ...shellLinesOf(textOf(page))
      .flatMap(commandsOf)
      .filter(([program, verb]) => program === 'npm' && verb === 'run')
      .map((words) => words.slice(2).find((word) => !word.startsWith('-'))),
    ...[
      ...split(textOf(page))
        .prose.join('\n')
        .matchAll(/`npm run ([\w:]+)/g),
    ].map(([, name]) => name),
  ]);
  expect(named.length).toBeGreaterThan(10);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});
