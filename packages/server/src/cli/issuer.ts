// tessera issuer: list, show, create, update, disable, enable, delete.

import { urlBelow } from '@tessera-oauth/core';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { AdminContext } from '../admin/context.ts';
import type { IssuerChange } from '../admin/issuer-rules.ts';
import {
  addIssuer,
  changeIssuer,
  changeIssuerState,
  listIssuers,
  removeIssuer,
  storedIssuers,
} from '../admin/issuers.ts';
import { issuerIdentifier } from '../admin/published-urls.ts';
import { type ServedIssuer, type StoredIssuer, UsageError } from '../model.ts';
import { type Administration, administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, collect, parseTokenReuse, withCommon } from './common.ts';
import { type DeleteOptions, deleting } from './deleting.ts';
import { examples, fields, present, print } from './output.ts';

interface IssuerOptions extends CommonOptions {
  readonly location?: string;
  readonly dialect?: string;
  readonly signingAlg?: string;
  readonly lifetime?: number;
  readonly tokenReuse?: number;
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

/** An issuer whose dialect the configuration does not have lacks what would follow from the dialect. */
const describe = (stored: StoredIssuer, served: ServedIssuer | undefined, admin: AdminContext) =>
  present({
    name: stored.name,
    issuer: served?.issuer ?? issuerIdentifier(stored, admin),
    dialect: stored.dialect,
    signing_alg: served?.signing_alg ?? stored.signing_alg,
    access_token_lifetime: served?.access_token_lifetime ?? stored.access_token_lifetime,
    token_reuse: stored.token_reuse,
    resources: stored.resources,
    vouched_users: stored.vouched_users,
    scopes: served?.scopes,
    token_endpoint: served && urlBelow(served, served.dialect.paths.token),
    jwks_uri: served && urlBelow(served, served.dialect.paths.jwks),
    theme: stored.theme,
    disabled: stored.disabled,
  });

/** One issuer, as it is now. */
async function describeNow({ admin, instance }: Administration, name: string) {
  const stored = (await storedIssuers(admin)).find((issuer) => issuer.name === name);
  const served = (await instance.loadIssuers()).find((issuer) => issuer.name === name);
  if (stored === undefined) throw new UsageError(`issuer ${name}: there is no such issuer`);
  return describe(stored, served, admin);
}

async function show(administration: Administration, name: string, output: CommonOptions['output']) {
  const shown = await describeNow(administration, name);
  print(output, shown, fields(shown));
}

/** What can be said of an issuer when it is made, and later. */
const withSettings = (command: Command): Command =>
  command
    .option('--signing-alg <alg>', "one of the algorithms of the dialect ('': its first)")
    .option('--lifetime <seconds>', "of access tokens ('': the dialect’s)", parseLifetime)
    .option(
      '--token-reuse <duration>',
      'how long a client that asks for the same gets the same token, such as 30s; off: not at all',
      (given) => parseTokenReuse(given),
    )
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
    throw new InvalidArgumentError("expected a whole number of seconds, such as 3600, or '': the dialect’s");
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
    token_reuse: options.tokenReuse,
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
    async (administration, options: IssuerOptions, name = '') => {
      const { location = '' } = options;
      await addIssuer(administration.admin, { ...changeOf(options), name, location });
      await show(administration, name, options.output);
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
    async ({ admin, instance }, options: CommonOptions & PagingOptions) => {
      const byName = new Map((await instance.loadIssuers()).map((issuer) => [issuer.name, issuer]));
      const json = (stored: StoredIssuer) => describe(stored, byName.get(stored.name), admin);
      const stateOf = ({ name, disabled }: StoredIssuer) =>
        disabled ? 'disabled' : byName.has(name) ? 'enabled' : 'dialect missing';
      await printList(options, (request) => listIssuers(admin, request), {
        headings: ['name', 'issuer', 'dialect', 'alg', 'state'],
        row: (stored) => {
          const { name, issuer, dialect, signing_alg } = json(stored);
          return [name, issuer, dialect, signing_alg, stateOf(stored)];
        },
        json,
      });
    },
  );
  administer(
    withCommon(command.command('show <name>'))
      .description('show one issuer')
      .addHelpText('after', examples('tessera issuer show standard')),
    (administration, { output }, name = '') => show(administration, name, output),
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
    async (administration, options: IssuerOptions, name = '') => {
      await changeIssuer(administration.admin, name, changeOf(options));
      await show(administration, name, options.output);
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
      async (administration, { output }, name = '') => {
        await changeIssuerState(administration.admin, name, state === 'disable');
        print(output, await describeNow(administration, name), `${state}d ${name}`);
      },
    );
  deleting(
    withCommon(command.command('delete <name>'))
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
    'issuer.delete',
    ({ admin }, { withClients }: DeleteOptions & { readonly withClients?: true }, name) => ({
      what: `the issuer ${name}${withClients ? ' and all of its clients' : ''}`,
      issuer: name,
      target: name,
      named: { name },
      remove: () => removeIssuer(admin, name, { with_clients: withClients === true }),
    }),
  );
}
