// tessera user: list, show, create, disable, enable, reset-password, delete.

import { Command } from 'commander';
import { changeUserState, existingUser, registerUser, removeUser, resetPassword } from '../admin/users.ts';
import { listConnectedApps } from '../store/tables/consents.ts';
import { listPasskeys } from '../store/tables/passkeys.ts';
import { countRecoveryCodes } from '../store/tables/recovery-codes.ts';
import { listUsers, type User } from '../store/tables/users.ts';
import { readSecret } from './client-secret.ts';
import {
  type CommonOptions,
  examples,
  fields,
  isoTime,
  print,
  table,
  time,
  withCommon,
  withInstance,
} from './common.ts';

interface CreateOptions extends CommonOptions {
  readonly login: string;
  readonly name?: string;
  readonly email?: string;
  readonly passwordStdin?: boolean;
}

interface ResetOptions extends CommonOptions {
  readonly passwordStdin?: boolean;
  readonly removeTotp?: boolean;
  readonly removePasskeys?: boolean;
}

const describe = ({ id, login, name, email, email_verified, disabled, created_at, ...user }: User) => ({
  id,
  login,
  name,
  email,
  email_verified,
  totp: user.sealed_totp_secret !== null,
  disabled,
  created_at: isoTime(created_at),
});

const once = (password: string | undefined): string =>
  password === undefined ? '' : '\n\nKeep the password now: it is not shown again.';

export function userCommand(): Command {
  const command = new Command('user').description('people who sign in here');
  addReading(command);
  withCommon(command.command('create'))
    .description('add a user; a password that is made is shown once')
    .requiredOption('--login <name>', 'what is typed to sign in: an email address or a name')
    .option('--name <text>', 'what people call them')
    .option('--email <address>', 'their email address')
    .option('--password-stdin', 'read a password of your own choice from standard input')
    .addHelpText('after', examples('tessera user create --login ann@example.com --name "Ann Example"'))
    .action(create);
  addStates(command);
  withCommon(command.command('reset-password <user>'))
    .description('give a user, by login or id, a new password; sessions end, and so do the tokens of apps')
    .option('--password-stdin', 'read a password of your own choice from standard input')
    .option('--remove-totp', 'take away the second factor and its recovery codes, where they are lost')
    .option('--remove-passkeys', 'take away the passkeys, where somebody else may have added one')
    .addHelpText(
      'after',
      examples(
        'tessera user reset-password ann@example.com',
        'tessera user reset-password ann@example.com --remove-totp',
      ),
    )
    .action(reset);
  withCommon(command.command('delete <user>'))
    .description('delete a user, by login or id, with all that is known of them; tokens end')
    .addHelpText('after', examples('tessera user delete ann@example.com'))
    .action((who: string, options: CommonOptions) =>
      withInstance(options, async ({ admin }) => {
        const { id, login } = await removeUser(admin, who);
        print(options.output, { id, login, deleted: true }, `deleted ${login ?? id}`);
      }),
    );
  return command;
}

function addReading(command: Command): void {
  withCommon(command.command('list'))
    .description('list the users')
    .addHelpText('after', examples('tessera user list', 'tessera user list --output json'))
    .action((options: CommonOptions) =>
      withInstance(options, async ({ store }) => {
        const users = await listUsers(store.db);
        const rows = users.map((user) => [
          user.id,
          user.login ?? '-',
          user.name ?? '-',
          user.email ?? '-',
          user.disabled ? 'disabled' : 'enabled',
        ]);
        print(options.output, users.map(describe), table(['id', 'login', 'name', 'email', 'state'], rows));
      }),
    );
  withCommon(command.command('show <user>'))
    .description('show a user, by login or id, with passkeys and connected apps')
    .addHelpText('after', examples('tessera user show ann@example.com'))
    .action((who: string, options: CommonOptions) =>
      withInstance(options, ({ admin }) => show(admin, who, options)),
    );
}

function addStates(command: Command): void {
  const states = [
    ['disable', 'refuse a user, by login or id; sessions end, and so do the tokens of apps'],
    ['enable', 'take a user back, by login or id; sessions and apps begin anew'],
  ] as const;
  for (const [name, description] of states) {
    withCommon(command.command(`${name} <user>`))
      .description(description)
      .addHelpText('after', examples(`tessera user ${name} ann@example.com`))
      .action((who: string, options: CommonOptions) =>
        withInstance(options, async ({ admin }) => {
          const shown = describe(await changeUserState(admin, who, name === 'disable'));
          print(options.output, shown, fields(shown));
        }),
      );
  }
}

async function create(options: CreateOptions): Promise<void> {
  const chosen = options.passwordStdin ? await readSecret() : undefined;
  await withInstance(options, async ({ admin }) => {
    const { login, name, email } = options;
    const { user, password } = await registerUser(admin, { login, name, email, password: chosen });
    const shown = { ...describe(user), ...(password !== undefined && { password }) };
    print(options.output, shown, fields(shown) + once(password));
  });
}

async function reset(who: string, options: ResetOptions): Promise<void> {
  const chosen = options.passwordStdin ? await readSecret() : undefined;
  await withInstance(options, async ({ admin }) => {
    const { user, password } = await resetPassword(admin, who, {
      password: chosen,
      remove_totp: options.removeTotp,
      remove_passkeys: options.removePasskeys,
    });
    const passkeys = (await listPasskeys(admin.db, user.id)).length;
    const shown = { ...describe(user), passkeys, ...(password !== undefined && { password }) };
    print(options.output, shown, fields(shown) + once(password));
  });
}

async function show(
  admin: Parameters<typeof existingUser>[0],
  who: string,
  { output }: CommonOptions,
): Promise<void> {
  const user = await existingUser(admin, who);
  const passkeys = await listPasskeys(admin.db, user.id);
  const apps = await listConnectedApps(admin.db, user.id, Date.now());
  const shown = { ...describe(user), recovery_codes: await countRecoveryCodes(admin.db, user.id) };
  const json = {
    ...shown,
    passkeys: passkeys.map(({ id, name, created_at, last_used_at }) => ({
      id,
      name,
      created_at: isoTime(created_at),
      last_used_at: isoTime(last_used_at),
    })),
    apps: apps.map(({ issuer, client_id, client_name, scope, since }) => ({
      issuer,
      client_id,
      client_name,
      scope: scope.join(' '),
      since: isoTime(since),
    })),
  };
  const tables = [
    ...passkeys.map(({ name, last_used_at }) => ['passkey', name, time(last_used_at)]),
    ...apps.map(({ issuer, client_name, since }) => ['app', `${client_name} (${issuer})`, time(since)]),
  ];
  const below = tables.length === 0 ? '' : `\n\n${table(['what', 'name', 'last used, or since'], tables)}`;
  print(output, json, fields(shown) + below);
}
