// The command line: one file a command in cli/, one line on stderr for what went wrong.

import { OAuthError } from '@tessera-oauth/core';
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { visible, visibleLines } from './cli/visible.ts';
import { UsageError } from './model.ts';

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
};

/** Runs one command. Exit codes: 0 done, 1 failed or answered no, 2 called or configured wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  const [name = ''] = argv;
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined;
  // What is written here is the owner's alone: a database, keys, credentials.
  process.umask(0o077);
  const program = new Command('tessera')
    .description('A self-hosted OAuth 2.1 authorization server that speaks its clients’ dialects.')
    .version(packageJson.version)
    .helpCommand(false);
  for (const load of named ? [named] : Object.values(commands)) program.addCommand(await load());
  quieten(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Commander ends the process by itself; here it throws, for one place to decide. */
function quieten(command: Command): void {
  command
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({
      outputError: (text, write) => write(visibleLines(text.replace(/^error: /, 'tessera: '))),
    });
  for (const child of command.commands) quieten(child);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    process.stderr.write(
      `${error.message
        .split('\n')
        .map((line) => `tessera: ${visible(line)}`)
        .join('\n')}\n`,
    );
    return 2;
  }
  process.stderr.write(`tessera: ${visible(reasonOf(error))}\n`);
  return 1;
}

function reasonOf(error: unknown): string {
  // The description of an OAuthError is for clients; the reason and the cause say more.
  if (error instanceof OAuthError) return `${error.reason}: ${error.cause ?? error.description}`;
  return error instanceof Error ? error.message : String(error);
}
