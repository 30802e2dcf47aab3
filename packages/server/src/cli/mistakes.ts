// Mistakes in what was typed. Commander ends at the first one; here all of one command are gathered, and told together in
// the words of all other mistakes: the option, what was got, what was expected.

import { type Argument, type Command, CommanderError, InvalidArgumentError, type Option } from 'commander';
import { UsageError } from '../model.ts';

/** What Commander calls when it finds a mistake. Two of them are not in its types. */
interface Finders {
  error: (message: string, options?: { readonly code?: string }) => unknown;
  unknownOption: (flag: string) => unknown;
  missingMandatoryOptionValue: (option: Option) => unknown;
  _excessArguments: (given: readonly string[]) => unknown;
}

/**
 * Lets every command of the program find its mistakes without ending at the first. They are in the list that is given; an
 * action is not reached while there are any.
 */
export function gatherMistakes(program: Command): readonly string[] {
  const mistakes: string[] = [];
  gather(program, mistakes);
  program.hook('preAction', (_program, command) => {
    if (mistakes.length > 0) throw ended(command);
  });
  return mistakes;
}

function gather(command: Command, mistakes: string[]): void {
  const finders = command as unknown as Finders;
  const unknownOption = finders.unknownOption.bind(command);
  const excessArguments = finders._excessArguments.bind(command);
  finders.error = (message, { code } = {}) => {
    mistakes.push(inOneLine(message));
    // There is nothing more to be found, and a command that only has commands would print its help.
    if (command.commands.length > 0 || code === 'commander.optionMissingArgument') throw ended(command);
  };
  const strangers = () => command.args.filter((word) => /^-./.test(word) && word !== '--');
  finders.unknownOption = (first) => {
    // Behind a stranger may be its value: of a command that has no options, only the first is certain.
    for (const flag of command.commands.length > 0 ? [first] : new Set([first, ...strangers()]))
      unknownOption(flag);
  };
  // What stands behind an unknown option may belong to it.
  finders._excessArguments = (given) => {
    if (strangers().length === 0) excessArguments(given);
  };
  finders.missingMandatoryOptionValue = ({ long, description }) =>
    finders.error(`${long}: got nothing, expected ${description}`);
  for (const option of command.options) judgeGently(option, option.long ?? option.flags, mistakes);
  for (const argument of command.registeredArguments) judgeGently(argument, argument.name(), mistakes);
  for (const child of command.commands) gather(child, mistakes);
}

const ended = (command: Command): CommanderError =>
  new CommanderError(2, 'tessera.mistakes', `mistakes in ${command.name()}`);

/** Commander puts what was meant on a second line. */
const inOneLine = (message: string): string =>
  message
    .replace(/^error: /, '')
    .replace('\n(Did you mean', ' (did you mean')
    .trimEnd();

/** A value that cannot be is a mistake, and parsing goes on. */
function judgeGently(typed: Option | Argument, name: string, mistakes: string[]): void {
  const parse = typed.parseArg?.bind(typed);
  if (parse === undefined) return;
  const choices = typed.argChoices;
  typed.argParser((value, previous) => {
    try {
      return parse(value, previous);
    } catch (error) {
      if (error instanceof UsageError) mistakes.push(error.message);
      else if (error instanceof InvalidArgumentError)
        mistakes.push(`${name}: got ${JSON.stringify(value)}, ${expected(error.message, choices)}`);
      else throw error;
      return previous;
    }
  });
}

const expected = (message: string, choices: readonly string[] | undefined): string =>
  /^expected /.test(message) || choices === undefined ? message : `expected one of ${choices.join(', ')}`;
