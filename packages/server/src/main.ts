// The command line: one file a command in cli/, one line on stderr for what went wrong.

import { Command, CommanderError } from 'commander';
import { commandNames } from './cli/commands.ts';
import { gatherMistakes } from './cli/mistakes.ts';
import { tell } from './cli/output.ts';
import { version } from './cli/version.ts';
import { TemporaryError, UsageError } from './model.ts';

/** In the order of the help. A command loads no code of another. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  quickstart: async () => (await import('./cli/quickstart.ts')).quickstartCommand(),
  start: async () => (await import('./cli/start.ts')).startCommand(),
  config: async () => (await import('./cli/start.ts')).configCommand(),
  dialect: async () => (await import('./cli/dialect.ts')).dialectCommand(),
  issuer: async () => (await import('./cli/issuer.ts')).issuerCommand(),
  client: async () => (await import('./cli/client.ts')).clientCommand(),
  scope: async () => (await import('./cli/scope.ts')).scopeCommand(),
  user: async () => (await import('./cli/user.ts')).userCommand(),
  grant: async () => (await import('./cli/grant.ts')).grantCommand(),
  session: async () => (await import('./cli/session.ts')).sessionCommand(),
  key: async () => (await import('./cli/key.ts')).keyCommand(),
  'master-key': async () => (await import('./cli/master-key.ts')).masterKeyCommand(),
  token: async () => (await import('./cli/token.ts')).tokenCommand(),
  usage: async () => (await import('./cli/usage.ts')).usageCommand(),
  audit: async () => (await import('./cli/audit.ts')).auditCommand(),
  migrate: async () => (await import('./cli/migrate.ts')).migrateCommand(),
  mock: async () => (await import('./cli/mock.ts')).mockCommand(),
  completion: async () =>
    (await import('./cli/completion.ts')).completionCommand(async () =>
      programOf(await Promise.all(Object.values(commands).map((load) => load()))),
    ),
  version: async () => (await import('./cli/version.ts')).versionCommand(),
};

/** Runs one command. Exit codes: docs/operations/output.md. */
export async function main(argv: readonly string[]): Promise<void> {
  const [name = '', ...rest] = argv;
  const asked = name === 'help' ? (rest[0] ?? '') : name;
  const load = Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  // What is written here is the owner's alone: a database, keys, credentials.
  process.umask(0o077);
  const program = programOf(load ? [await load()] : commandNames());
  quieten(program);
  const mistakes = gatherMistakes(program);
  try {
    if (name === 'help') refuseUnknown(rest, program);
    refuseEarlyOptions(argv);
    await program.parseAsync(name === 'help' ? [...rest, '--help'] : [...argv], { from: 'user' });
    if (mistakes.length > 0) throw new UsageError(mistakes.join('\n'));
  } catch (error) {
    process.exitCode = await report(mistakes.length > 0 ? new UsageError(mistakes.join('\n')) : error);
  }
}

/** `tessera help client create` is `tessera client create --help`; nothing is run that is no command. */
function refuseUnknown(path: readonly string[], program: Command): void {
  let found = program;
  for (const name of path) {
    const names = found.commands.map((command) => command.name());
    const next = found.commands[names.indexOf(name)];
    if (next === undefined)
      throw new UsageError(
        names.length === 0
          ? `help: ${path.slice(0, path.indexOf(name)).join(' ')} has no commands of its own, got "${name}"`
          : `help: unknown command '${name}', expected one of ${names.join(', ')}`,
      );
    found = next;
  }
}

/** Whose they are is known only by the command. */
function refuseEarlyOptions([first = '', ...rest]: readonly string[]): void {
  if (!/^-./.test(first) || ['-h', '--help', '-V', '--version'].includes(first) || rest.length === 0) return;
  throw new UsageError(
    `${first}: options stand behind the command, as in: tessera client list --output json`,
  );
}

function programOf(commands: readonly Command[]): Command {
  const program = new Command('tessera')
    .description('A self-hosted OAuth 2.1 authorization server that speaks its clients’ dialects.')
    .version(version)
    .helpCommand('help [command...]', 'show the help of a command');
  for (const command of commands) program.addCommand(command);
  return program;
}

/** Commander ends the process by itself; here it throws, for one place to decide. */
function quieten(command: Command): void {
  if (command.parent !== null && command.commands.length > 0) command.helpCommand(false);
  command.exitOverride();
  for (const child of command.commands) quieten(child);
}

async function report(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    tell(error.message);
    return 2;
  }
  // What is thrown otherwise is of a command, which has loaded it.
  const { OAuthError } = await import('@tessera-oauth/core');
  // The description of an OAuthError is for clients; the reason and the cause say more.
  if (error instanceof OAuthError) tell(`${error.reason}: ${error.cause ?? error.description}`);
  else tell(error instanceof Error ? error.message : String(error));
  const passes =
    error instanceof TemporaryError ||
    (error instanceof OAuthError && error.error === 'temporarily_unavailable');
  return passes ? 3 : 1;
}
