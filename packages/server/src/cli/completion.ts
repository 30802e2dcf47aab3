// tessera completion: a script for a shell, made of the commands as they are. It runs nothing while a person types.

import { Argument, Command } from 'commander';
import { examples } from './output.ts';

/** One command: where it is, and what may follow. */
interface Place {
  /** `client create`; empty: tessera itself. */
  readonly path: string;
  readonly commands: readonly string[];
  readonly options: readonly CompletedOption[];
  /** Whether it takes words that are no commands: what they are, only the person knows. */
  readonly takesWords: boolean;
}

interface CompletedOption {
  /** `-o` and `--output`. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  /** What the value may be; empty: a file, or what only the person knows. */
  readonly choices: readonly string[];
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

const help: CompletedOption = { names: ['--help'], takesValue: false, choices: [] };

function placesIn(command: Command, path = ''): Place[] {
  const options = command.options.map(({ short, long, required, argChoices = [] }) => ({
    names: [short, long].filter((name) => name !== undefined),
    takesValue: required,
    choices: argChoices,
  }));
  return [
    {
      path,
      commands: command.commands.map((child) => child.name()),
      options: [...options, help],
      takesWords: command.registeredArguments.length > 0,
    },
    ...command.commands.flatMap((child) => placesIn(child, `${path} ${child.name()}`.trim())),
  ];
}

const longOf = ({ names }: CompletedOption): string => names.at(-1) ?? '';

/** `'client create' | 'client list'`: what a case of bash and zsh takes. */
const pathsOf = (places: readonly Place[]): string =>
  places.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join(' | ');

/** What is known at each command: its commands, its options, those of them that take a value. */
const casesOf = (places: readonly Place[]): string =>
  places
    .map(({ path, commands, options, takesWords }) => {
      const valued = options.flatMap(({ takesValue, names }) => (takesValue ? names : []));
      const free = takesWords ? ' free=1' : '';
      return `    '${path}') known='${[...commands, ...options.map(longOf)].join(' ')}' valued=' ${valued.join(' ')} '${free} ;;`;
    })
    .join('\n');

const choicesOf = (places: readonly Place[]): string =>
  places
    .flatMap(({ path, options }) =>
      options.flatMap(({ names, choices }) =>
        choices.length === 0
          ? []
          : [`    ${names.map((name) => `'${path} ${name}'`).join(' | ')}) known='${choices.join(' ')}' ;;`],
      ),
    )
    .join('\n');

/**
 * The command that is typed so far, as a place; and what may follow the word `before` there: behind an option that takes a
 * value its choices, else nothing, which leaves it to files; an option only where one is begun or no other word is due.
 */
const finding = (
  places: readonly Place[],
  typed: { readonly before: string; readonly last: string; readonly now: string },
): string => `  local at='' word='' known='' valued='' free=''
  for word in ${typed.before}; do
    case "\${at:+$at }$word" in
      ${pathsOf(places)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${casesOf(places)}
  esac
  if [[ $valued == *" ${typed.last} "* ]]; then
    known=''
    case "$at ${typed.last}" in
${choicesOf(places)}
    esac
  elif [[ -n $free && ${typed.now} != -* ]]; then
    known=''
  fi`;

function bash(places: readonly Place[]): string {
  const typed = {
    before: `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`,
    last: `\${COMP_WORDS[COMP_CWORD-1]}`,
    now: `\${COMP_WORDS[COMP_CWORD]}`,
  };
  return `_tessera() {
${finding(places, typed)}
  COMPREPLY=($(compgen -W "$known" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tessera tessera`;
}

function zsh(places: readonly Place[]): string {
  const typed = {
    before: `"\${(@)words[2,CURRENT-1]}"`,
    last: `\${words[CURRENT-1]}`,
    now: `\${words[CURRENT]}`,
  };
  return `#compdef tessera
_tessera() {
${finding(places, typed)}
  if [[ -n $known ]]; then compadd -- \${=known}; else _files; fi
}
compdef _tessera tessera`;
}

function fish(places: readonly Place[]): string {
  const cases = places.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join(' ');
  const lines = places.flatMap(({ path, commands, options }) => {
    const at = `complete -c tessera -n "test (__tessera_at) = '${path}'"`;
    return [
      ...(commands.length === 0 ? [] : [`${at} -f -a '${commands.join(' ')}'`]),
      ...options.map(({ names, takesValue, choices }) => {
        const flags = names.map((name) =>
          name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
        );
        const value = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : takesValue ? ' -r' : '';
        return `${at} ${flags.join(' ')}${value}`;
      }),
    ];
  });
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
