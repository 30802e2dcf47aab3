// tessera completion: a script for a shell, made of the commands as they are. It runs nothing while a person types.

import { Argument, Command } from 'commander';
import { examples } from './common.ts';

/** One command: where it is, and the words that may follow. */
interface Place {
  /** `client create`; empty: tessera itself. */
  readonly path: string;
  readonly words: readonly string[];
}

const shells = { bash, zsh, fish } as const;

/** `load` gives the whole program. */
export const completionCommand = (load: () => Promise<Command>): Command =>
  new Command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'whose script').choices(Object.keys(shells)))
    .addHelpText(
      'after',
      `\nbash: in ~/.bashrc; zsh: in ~/.zshrc, after compinit; fish: in ~/.config/fish/completions/tessera.fish\n${examples(
        'source <(tessera completion bash)',
        'source <(tessera completion zsh)',
        'tessera completion fish > ~/.config/fish/completions/tessera.fish',
      )}`,
    )
    .action(async (shell: keyof typeof shells) => {
      process.stdout.write(`${shells[shell](placesIn(await load()))}\n`);
    });

function placesIn(command: Command, path = ''): Place[] {
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const names = command.commands.map((child) => child.name());
  return [
    { path, words: [...names, ...options, '--help'] },
    ...command.commands.flatMap((child) => placesIn(child, `${path} ${child.name()}`.trim())),
  ];
}

/** `'client create' | 'client list'`: what a case of bash and zsh takes. */
const pathsOf = (places: readonly Place[]): string =>
  places.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join(' | ');

const casesOf = (places: readonly Place[]): string =>
  places.map(({ path, words }) => `    '${path}') known='${words.join(' ')}' ;;`).join('\n');

/** The command that is typed so far, as a place; of it, what may follow. */
const finding = (places: readonly Place[], typed: string): string => `  local at='' word='' known=''
  for word in ${typed}; do
    case "\${at:+$at }$word" in
      ${pathsOf(places)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${casesOf(places)}
  esac`;

function bash(places: readonly Place[]): string {
  return `_tessera() {
${finding(places, `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`)}
  COMPREPLY=($(compgen -W "$known" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tessera tessera`;
}

function zsh(places: readonly Place[]): string {
  return `#compdef tessera
_tessera() {
${finding(places, `"\${(@)words[2,CURRENT-1]}"`)}
  compadd -- \${=known} || _files
}
compdef _tessera tessera`;
}

function fish(places: readonly Place[]): string {
  const cases = places.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join(' ');
  const lines = places.map(
    ({ path, words }) => `complete -c tessera -n "test (__tessera_at) = '${path}'" -a '${words.join(' ')}'`,
  );
  return `function __tessera_at
  set -l at ''
  for word in (commandline -opc)[2..]
    switch (string trim "$at $word")
      case ${cases}
        set at (string trim "$at $word")
    end
  end
  echo -- "$at"
end
${lines.join('\n')}`;
}
