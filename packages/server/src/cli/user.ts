// tessera user: list, show, create, update, disable, enable, reset-password, delete.

import type { UserClaims } from '@tessera-oauth/core';
import { Command, InvalidArgumentError } from 'commander';
import { wasDone } from '../admin/audit.ts';
import type { AdminContext } from '../admin/context.ts';
import { userIfAny } from '../admin/existing.ts';
import type { ClaimsChange } from '../admin/user-claims.ts';
import {
  changeUser,
  changeUserState,
  findUserDetails,
  listUsers,
  registerUser,
  removeUser,
  resetPassword,
  type UserDetails,
  wasUserDeleted,
} from '../admin/users.ts';
import { type Administration, administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, withCommon } from './common.ts';
import { deleting } from './deleting.ts';
import { examples, fields, present, print, table, time } from './output.ts';
import { readSecret } from './secret-input.ts';

interface ListOptions extends CommonOptions, PagingOptions {
  readonly login?: string;
}

interface CreateOptions extends CommonOptions {
  readonly login: string;
  readonly name?: string;
  readonly email?: string;
  readonly owner?: string;
  readonly emailVerified?: true;
  readonly claim?: ClaimsChange;
  readonly passwordStdin?: true;
}

interface UpdateOptions extends CommonOptions {
  readonly login?: string;
  readonly name?: string;
  readonly email?: string;
  readonly owner?: string;
  readonly emailVerified?: boolean;
  readonly claim?: ClaimsChange;
}

interface ResetOptions extends CommonOptions {
  readonly passwordStdin?: true;
  readonly removeTotp?: true;
  readonly removePasskeys?: true;
}

type User = UserDetails['user'];

const describe = ({
  id,
  login,
  name,
  email,
  email_verified,
  owner,
  claims,
  disabled,
  created_at,
  ...user
}: User) =>
  present({
    id,
    login,
    name,
    email,
    email_verified,
    owner,
    claims: Object.keys(claims).length === 0 ? undefined : claims,
    totp: user.sealed_totp_secret !== null,
    disabled,
    created_at: time(created_at),
  });

const describePasskey = ({ id, name, created_at, last_used_at }: UserDetails['passkeys'][number]) =>
  present({ id, name, created_at: time(created_at), last_used_at: time(last_used_at) });

const claimHelp =
  'a further claim of OpenID Connect, such as given_name=Ann or address.country=CH; may be repeated';

/** The claims that are no further ones. */
const optionOf: Readonly<Record<string, string>> = {
  name: '--name',
  email: '--email',
  email_verified: '--email-verified',
};

/** `address.country=CH` is a member of the address; an empty value takes a claim away. */
function collectClaims(given: string, previous: ClaimsChange = {}): ClaimsChange {
  const at = given.indexOf('=');
  if (at < 1)
    throw new InvalidArgumentError('expected a claim, an equals sign and the value, such as given_name=Ann');
  const [name = '', part] = given.slice(0, at).split('.', 2);
  if (optionOf[name] !== undefined)
    throw new InvalidArgumentError(
      `expected a further claim: ${name} has an option of its own, ${optionOf[name]}`,
    );
  const typed = given.slice(at + 1);
  const value =
    typed === ''
      ? null
      : name.endsWith('_verified')
        ? typed === 'true' || (typed === 'false' ? false : typed)
        : typed;
  const members = part === undefined ? value : { ...Object(Object(previous)[name]), [part]: value };
  return { ...previous, [name]: members };
}

/** As lines: a claim on each. */
function inFields({ claims, ...shown }: { readonly claims?: UserClaims | undefined }): string {
  const { address, ...same } = claims ?? {};
  const parts = Object.entries(address ?? {}).map(([name, value]) => [`address.${name}`, value]);
  return fields({ ...shown, ...same, ...Object.fromEntries(parts) });
}

const once = (password: string | undefined): string =>
  password === undefined ? '' : '\n\nKeep the password now: it is not shown again.';

/** By what a user who is gone was named: the record knows ids alone. */
const goneBy = async (admin: AdminContext, typed: string) =>
  (await wasDone(admin, 'user.delete', null, typed)) ? { id: typed } : { login: typed };

export function userCommand(): Command {
  const command = new Command('user').description('people who sign in here');
  addReading(command);
  administer(
    withCommon(command.command('create'))
      .description('add a user; a password that is made is shown once')
      .requiredOption('--login <name>', 'what is typed to sign in: an email address or a name')
      .option('--name <text>', 'what people call them')
      .option('--email <address>', 'their email address')
      .option('--owner <text>', 'whose clients may vouch for them, as clients name their owner')
      .option('--email-verified', 'the address was shown to be theirs')
      .option('--claim <name=value>', claimHelp, collectClaims)
      .option('--password-stdin', 'read a password of your own choice from standard input')
      .addHelpText('after', examples('tessera user create --login ann@example.com --name "Ann Example"')),
    create,
  );
  addChanges(command);
  deleting(
    withCommon(command.command('delete <user>'))
      .description('delete a user, by login or id, with all that is known of them; tokens end')
      .addHelpText('after', examples('tessera user delete ann@example.com')),
    'user.delete',
    async ({ admin }, _options, id_or_login) => {
      const user = await userIfAny(admin, id_or_login);
      const { id = id_or_login, login } = user ?? {};
      return {
        what: `the user ${login ?? id}`,
        issuer: null,
        target: id,
        named: user === undefined ? await goneBy(admin, id_or_login) : present({ id, login }),
        remove: () => removeUser(admin, id),
        before: () => wasUserDeleted(admin, id_or_login),
      };
    },
  );
  return command;
}

function addReading(command: Command): void {
  administer(
    withPaging(withCommon(command.command('list')))
      .description('list the users, in the order in which they were made')
      .option('--login <start>', 'only those whose login begins so')
      .addHelpText(
        'after',
        examples(
          'tessera user list',
          'tessera user list --output json',
          'tessera user list --login ann --limit 50',
        ),
      ),
    ({ admin }, { login, ...options }: ListOptions) =>
      printList(options, (request) => listUsers(admin, { login }, request), {
        headings: ['id', 'login', 'name', 'email', 'state'],
        row: (user) => [user.id, user.login, user.name, user.email, user.disabled ? 'disabled' : 'enabled'],
        json: describe,
      }),
  );
  administer(
    withCommon(command.command('show <user>'))
      .description('show a user, by login or id, with passkeys and connected apps')
      .addHelpText('after', examples('tessera user show ann@example.com')),
    async ({ admin }, { output }, id_or_login = '') =>
      show(await findUserDetails(admin, id_or_login), output),
  );
}

function addChanges(command: Command): void {
  administer(
    withCommon(command.command('update <user>'))
      .description('change who a user is, by login or id; sessions and apps go on')
      .option('--login <name>', 'what is typed to sign in')
      .option('--name <text>', "what people call them; '' takes it away")
      .option(
        '--email <address>',
        "their email address, unverified until it is shown to work; '' takes it away",
      )
      .option('--owner <text>', "whose clients may vouch for them; '' takes it away")
      .option('--email-verified', 'the address was shown to be theirs')
      .option('--no-email-verified', 'it was not')
      .option('--claim <name=value>', `${claimHelp}; '' takes it away`, collectClaims)
      .addHelpText(
        'after',
        examples(
          'tessera user update ann@example.com --name "Ann Example"',
          'tessera user update ann@example.com --login ann@example.org --email ann@example.org',
        ),
      ),
    async (
      { admin },
      { login, name, email, emailVerified, claim, owner, output }: UpdateOptions,
      id_or_login = '',
    ) => {
      const orNull = (value: string | undefined) => (value === '' ? null : value);
      const change = {
        login,
        name: orNull(name),
        email: orNull(email),
        email_verified: emailVerified,
        claims: claim,
        owner: orNull(owner),
      };
      const shown = describe(await changeUser(admin, id_or_login, change));
      print(output, shown, inFields(shown));
    },
  );
  const states = [
    ['disable', 'refuse a user, by login or id; sessions end, and so do the tokens of apps'],
    ['enable', 'take a user back, by login or id; sessions and apps begin anew'],
  ] as const;
  for (const [name, description] of states) {
    administer(
      withCommon(command.command(`${name} <user>`))
        .description(description)
        .addHelpText('after', examples(`tessera user ${name} ann@example.com`)),
      async ({ admin }, { output }, id_or_login = '') => {
        const shown = describe(await changeUserState(admin, id_or_login, name === 'disable'));
        print(output, shown, inFields(shown));
      },
    );
  }
  administer(
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
      ),
    reset,
  );
}

async function create({ admin }: Administration, options: CreateOptions): Promise<void> {
  const chosen = options.passwordStdin ? await readSecret('password') : undefined;
  const { login, name, email, emailVerified: email_verified, claim: claims, owner } = options;
  const told = { login, name, email, email_verified, claims, owner };
  const { user, password } = await registerUser(admin, { ...told, password: chosen });
  const shown = { ...describe(user), ...(password !== undefined && { password }) };
  print(options.output, shown, inFields(shown) + once(password));
}

async function reset({ admin }: Administration, options: ResetOptions, id_or_login = ''): Promise<void> {
  const chosen = options.passwordStdin ? await readSecret('password') : undefined;
  const { user, password } = await resetPassword(admin, id_or_login, {
    password: chosen,
    remove_totp: options.removeTotp,
    remove_passkeys: options.removePasskeys,
  });
  const passkeys = (await findUserDetails(admin, user.id)).passkeys.map(describePasskey);
  const secret = password !== undefined && { password };
  const shown = { ...describe(user), passkeys: passkeys.map(({ name }) => name), ...secret };
  print(options.output, { ...describe(user), passkeys, ...secret }, inFields(shown) + once(password));
}

function show({ user, recovery_codes, passkeys, apps }: UserDetails, output: CommonOptions['output']): void {
  const shown = { ...describe(user), recovery_codes };
  const json = {
    ...shown,
    passkeys: passkeys.map(describePasskey),
    apps: apps.map(({ issuer, client_id, client_name, scope, since }) =>
      present({ issuer, client_id, client_name, scope: scope.join(' '), since: time(since) }),
    ),
  };
  const tables = [
    ...passkeys.map(({ name, last_used_at }) => ['passkey', name, time(last_used_at)]),
    ...apps.map(({ issuer, client_name, since }) => ['app', `${client_name} (${issuer})`, time(since)]),
  ];
  const below = tables.length === 0 ? '' : `\n\n${table(['what', 'name', 'last used, or since'], tables)}`;
  print(output, json, inFields(shown) + below);
}
