// tessera issuer: list, show, create, update, disable, enable, delete.

import { Command, Option } from 'commander';
import type { AdminContext } from '../admin/context.ts';
import type { IssuerChange } from '../admin/issuer-rules.ts';
import { addIssuer, changeIssuer, changeIssuerState, listIssuers, removeIssuer } from '../admin/issuers.ts';
import { issuerIdentifier } from '../admin/published-urls.ts';
import { type ServedIssuer, type StoredIssuer, UsageError } from '../model.ts';
import {
  type Administration,
  administer,
  confirm,
  type DeleteOptions,
  type PagingOptions,
  printList,
  withPaging,
  withYes,
} from './administer.ts';
import { type CommonOptions, chooseIssuer, collect, examples, fields, print, withCommon } from './common.ts';

interface IssuerOptions extends CommonOptions {
  readonly location?: string;
  readonly dialect?: string;
  readonly signingAlg?: string;
  readonly lifetime?: number;
  readonly resource?: readonly string[];
  readonly vouchedUsers?: string;
  readonly themeName?: string;
  readonly themeLogo?: string;
  readonly themeLogoDark?: string;
  readonly themeColor?: string;
  readonly themeSupport?: string;
  readonly themePrivacy?: string;
  readonly themeTerms?: string;
  readonly themeForgotPassword?: string;
}

const describe = ({
  name,
  issuer,
  dialect,
  signing_alg,
  access_token_lifetime,
  resources,
  vouched_users,
  scopes,
  theme,
  disabled,
}: ServedIssuer) => ({
  name,
  issuer,
  dialect: dialect.name,
  signing_alg,
  access_token_lifetime,
  resources,
  vouched_users,
  scopes,
  token_endpoint: issuer + dialect.paths.token,
  jwks_uri: issuer + dialect.paths.jwks,
  theme,
  disabled,
});

/** An issuer whose dialect the configuration does not have: null is what would follow from the dialect. */
const describeWithoutDialect = (issuer: StoredIssuer, admin: Pick<AdminContext, 'public_url'>) => ({
  name: issuer.name,
  issuer: issuerIdentifier(issuer, admin),
  dialect: issuer.dialect,
  signing_alg: issuer.signing_alg,
  access_token_lifetime: issuer.access_token_lifetime,
  resources: issuer.resources,
  vouched_users: issuer.vouched_users,
  scopes: null,
  token_endpoint: null,
  jwks_uri: null,
  theme: issuer.theme,
  disabled: issuer.disabled,
});

function show(issuer: ServedIssuer, output: CommonOptions['output']): void {
  const { theme, disabled, ...shown } = describe(issuer);
  const text = { ...shown, theme: theme === null ? null : JSON.stringify(theme), disabled };
  print(output, describe(issuer), fields(text));
}

/** What can be said of an issuer when it is made, and later. */
const withSettings = (command: Command): Command =>
  command
    .option('--signing-alg <alg>', "one of the algorithms of the dialect ('': its first)")
    .option('--lifetime <seconds>', "of access tokens ('': the dialect’s)", parseLifetime)
    .option(
      '--resource <uri>',
      "an API that tokens are for; may be repeated, the first is the default ('': none)",
      collect,
    )
    .addOption(
      new Option(
        '--vouched-users <whose>',
        'for whose users a client may vouch: those of its owner, or any of this deployment',
      ).choices(['own', 'any']),
    )
    .option('--theme-name <text>', "what its pages call it ('': its host)")
    .option('--theme-logo <uri>', "an https URL of the logo on its pages ('': none)")
    .option('--theme-logo-dark <uri>', "the same for dark pages ('': the same logo)")
    .option('--theme-color <colour>', "of its buttons, such as #0a5fd4 ('': as they come)")
    .option('--theme-support <url>', "an https URL of your help pages, below each page ('': none)")
    .option('--theme-privacy <url>', "the same of your privacy policy ('': none)")
    .option('--theme-terms <url>', "the same of your terms ('': none)")
    .option('--theme-forgot-password <url>', "where users who forgot their password get help ('': none)");

/** A number where it is one; an empty text stands for the dialect's own. */
function parseLifetime(given: string): number {
  if (given === '') return Number.NaN;
  if (!/^\d{1,9}$/.test(given))
    throw new UsageError(`--lifetime: got ${JSON.stringify(given)}, expected a whole number of seconds`);
  return Number(given);
}

const orNull = (value: string | undefined) => (value === '' ? null : value);

/** What was typed; an empty text takes away. */
function changeOf(options: IssuerOptions): IssuerChange {
  const { lifetime } = options;
  return {
    location: options.location,
    dialect: options.dialect,
    signing_alg: orNull(options.signingAlg),
    access_token_lifetime: lifetime === undefined ? undefined : Number.isNaN(lifetime) ? null : lifetime,
    resources: options.resource?.filter((uri) => uri !== ''),
    vouched_users: options.vouchedUsers,
    theme: themeOf(options),
  };
}

const themeOf = (options: IssuerOptions): NonNullable<IssuerChange['theme']> => ({
  name: orNull(options.themeName),
  logo_uri: orNull(options.themeLogo),
  logo_uri_dark: orNull(options.themeLogoDark),
  color: orNull(options.themeColor),
  support_url: orNull(options.themeSupport),
  privacy_url: orNull(options.themePrivacy),
  terms_url: orNull(options.themeTerms),
  forgot_password_url: orNull(options.themeForgotPassword),
});

export function issuerCommand(): Command {
  const command = new Command('issuer').description(
    'identities that sign tokens, each with its dialect, clients and keys',
  );
  addReading(command);
  administer(
    withSettings(
      withCommon(command.command('create <name>'))
        .requiredOption('--location <where>', 'a path below the public URL, or a URL of its own')
        .option('--dialect <name>', 'how it is spelled on the wire', 'standard'),
    )
      .description('create an issuer and its first signing key')
      .addHelpText(
        'after',
        examples(
          'tessera issuer create partners --location /partners',
          'tessera issuer create eu --location https://auth.example.eu --signing-alg EdDSA --resource https://api.example.eu',
        ),
      ),
    async ({ admin, instance }, options: IssuerOptions, name = '') => {
      await addIssuer(admin, { ...changeOf(options), name, location: options.location ?? '' });
      show(chooseIssuer(await instance.loadIssuers(), name), options.output);
    },
  );
  addUpdate(command);
  addStates(command);
  return command;
}

function addReading(command: Command): void {
  administer(
    withPaging(withCommon(command.command('list')))
      .description('list the issuers')
      .addHelpText('after', examples('tessera issuer list', 'tessera issuer list --output json')),
    ({ admin, issuers }, options: CommonOptions & PagingOptions) => {
      const byName = new Map(issuers.map((issuer) => [issuer.name, issuer]));
      const json = (stored: StoredIssuer) => {
        const issuer = byName.get(stored.name);
        return issuer === undefined ? describeWithoutDialect(stored, admin) : describe(issuer);
      };
      const stateOf = ({ name, disabled }: StoredIssuer) =>
        disabled ? 'disabled' : byName.has(name) ? 'enabled' : 'dialect missing';
      return printList(options, (request) => listIssuers(admin, request), {
        headings: ['name', 'issuer', 'dialect', 'alg', 'state'],
        row: (stored) => {
          const { name, issuer, dialect, signing_alg } = json(stored);
          return [name, issuer, dialect, signing_alg ?? '-', stateOf(stored)];
        },
        json,
      });
    },
  );
  administer(
    withCommon(command.command('show <name>'))
      .description('show one issuer')
      .addHelpText('after', examples('tessera issuer show standard')),
    async ({ issuers }, { output }, name = '') => show(chooseIssuer(issuers, name), output),
  );
}

function addUpdate(command: Command): void {
  administer(
    withSettings(
      withCommon(command.command('update <name>'))
        .option('--location <where>', 'where it lives; BREAKS every client, and every token given so far')
        .option('--dialect <name>', 'how it is spelled on the wire; only while it has no clients'),
    )
      .description('change an issuer; the server follows within a second')
      .addHelpText(
        'after',
        `\nAnother location breaks every client and API: endpoints move, and tokens name the old issuer. Another --signing-alg
breaks APIs that take no other than the old one; another first --resource, those that expect the old audience. A
shorter --lifetime, a theme, and more resources behind the first break nobody.\n${examples(
          'tessera issuer update partners --lifetime 600',
          'tessera issuer update partners --theme-name "Acme" --theme-color "#0a5fd4"',
        )}`,
      ),
    async ({ admin, instance }, options: IssuerOptions, name = '') => {
      await changeIssuer(admin, name, changeOf(options));
      show(chooseIssuer(await instance.loadIssuers(), name), options.output);
    },
  );
}

function addStates(command: Command): void {
  const states = [
    [
      'disable',
      'serve an issuer no more, until it is enabled: all its endpoints answer 404',
      '\nServers of an earlier release, which run beside this one during an upgrade, do not know this: they go on serving it.\n',
    ],
    ['enable', 'serve an issuer again, with all that it had', ''],
  ] as const;
  for (const [state, description, more] of states)
    administer(
      withCommon(command.command(`${state} <name>`))
        .description(description)
        .addHelpText('after', more + examples(`tessera issuer ${state} partners`)),
      async ({ admin }, { output }, name = '') => {
        const { disabled } = await changeIssuerState(admin, name, state === 'disable');
        print(output, { name, disabled }, `${state}d ${name}`);
      },
    );
  administer(
    withYes(withCommon(command.command('delete <name>')))
      .description(
        'delete an issuer with its scopes and keys: this server accepts none of its tokens from then on',
      )
      .option('--with-clients', 'its clients too, with their secrets, grants and consents')
      .addHelpText(
        'after',
        `\nAPIs that verify tokens offline accept those of a deleted issuer until these expire, or, with a deny-list, until
their last copy of it is older than they tolerate. Where that matters, disable its clients first, and wait
until the APIs have fetched the deny-list.\n${examples('tessera issuer delete partners', 'tessera issuer delete partners --with-clients --yes')}`,
      ),
    remove,
  );
}

async function remove(
  { admin }: Administration,
  options: DeleteOptions & { readonly withClients?: true },
  name = '',
): Promise<void> {
  await confirm(`the issuer ${name}${options.withClients ? ' and all of its clients' : ''}`, options);
  await removeIssuer(admin, name, { with_clients: options.withClients === true });
  print(options.output, { name, deleted: true }, `deleted ${name}`);
}
