// tessera client: list, show, create, update, delete.

import type { Client } from '@tessera-oauth/core';
import { Command, Option } from 'commander';
import type { ClientChange } from '../admin/client-input.ts';
import { allClientSecrets } from '../admin/client-secrets.ts';
import { changeClient, findClient, listClients, registerClient, removeClient } from '../admin/clients.ts';
import { UsageError } from '../model.ts';
import {
  type Administration,
  administer,
  confirm,
  type DeleteOptions,
  type PagingOptions,
  printList,
  readSecret,
  withPaging,
  withYes,
} from './administer.ts';
import { clientSecretCommand, describeSecret } from './client-secret.ts';
import {
  type CommonOptions,
  chooseIssuer,
  collect,
  examples,
  fields,
  fromNow,
  list,
  print,
  withIssuer,
} from './common.ts';

interface ListOptions extends CommonOptions, PagingOptions {
  readonly issuer?: string;
  readonly owner?: string;
}

/** What can be said of a client when it is made, and later. */
interface MemberOptions extends CommonOptions {
  readonly issuer?: string;
  readonly name?: string;
  readonly owner?: string;
  readonly scope?: readonly string[];
  readonly introspection?: Client['introspection'];
  readonly redirectUri?: readonly string[];
  readonly logoutUri?: readonly string[];
  readonly grantTypes?: readonly string[];
  readonly logo?: string;
  readonly website?: string;
  readonly privacyPolicy?: string;
  readonly terms?: string;
  readonly consentMessage?: string;
  readonly requirePkce?: string;
  readonly refreshTokens?: string;
  readonly idTokenAlg?: string;
  readonly idTokenClaims?: boolean;
}

interface CreateOptions extends MemberOptions {
  readonly id?: string;
  readonly public?: true;
  readonly secretStdin?: true;
  readonly secretExpires?: number;
}

interface UpdateOptions extends MemberOptions {
  readonly addScope?: readonly string[];
  readonly removeScope?: readonly string[];
  readonly enable?: true;
  readonly disable?: true;
}

const introspection = () =>
  new Option('--introspection <whose>', 'whose tokens it may introspect; an API needs any').choices([
    'own',
    'any',
  ]);

/** What a client has where users take part. */
const withApp = (command: Command): Command =>
  command
    .option('--redirect-uri <uri>', 'where users may be sent with a code; may be repeated', collect)
    .option('--logout-uri <uri>', 'where users may be sent after signing out; may be repeated', collect)
    .option(
      '--grant-types <names>',
      'what it may use, such as authorization_code,refresh_token (default: all that fit)',
      list,
    )
    .option('--logo <uri>', 'an https URL of its logo, for the consent page')
    .option('--website <uri>', 'its own site, an https URL; with the next two on the consent page')
    .option('--privacy-policy <uri>', 'an https URL of its privacy policy')
    .option('--terms <uri>', 'an https URL of its terms of service')
    .option('--consent-message <text>', 'what the consent page says in its own words')
    .addOption(
      new Option(
        '--require-pkce <answer>',
        'no: for an app with a secret that sends a nonce or a state, and no PKCE (default: as the dialect has it)',
      ).choices(['yes', 'no', '']),
    )
    .addOption(
      new Option(
        '--refresh-tokens <when>',
        'what gives it refresh tokens, of which the user is told (default: as the dialect has it)',
      ).choices(['offline_access', 'always', '']),
    )
    .option(
      '--id-token-alg <name>',
      'signs its ID tokens: RS256, or the issuer’s own algorithm (default: RS256)',
    )
    .option('--id-token-claims', 'give its ID tokens the claims too that its scope lets it read at userinfo')
    .option('--no-id-token-claims', 'leave those claims to userinfo');

const withoutEmpty = (values: readonly string[]): readonly string[] => values.filter((value) => value !== '');
const orNull = (value: string): string | null => (value === '' ? null : value);

/** The members that were typed. An empty text takes away what is not needed. */
const membersOf = (options: MemberOptions): ClientChange => ({
  ...(options.name !== undefined && { client_name: options.name }),
  ...(options.owner !== undefined && { owner: options.owner }),
  ...(options.scope !== undefined && { scope: options.scope }),
  ...(options.introspection !== undefined && { introspection: options.introspection }),
  ...(options.redirectUri !== undefined && { redirect_uris: withoutEmpty(options.redirectUri) }),
  ...(options.logoutUri !== undefined && { post_logout_redirect_uris: withoutEmpty(options.logoutUri) }),
  ...(options.grantTypes !== undefined && { grant_types: options.grantTypes }),
  ...(options.logo !== undefined && { logo_uri: orNull(options.logo) }),
  ...(options.website !== undefined && { client_uri: orNull(options.website) }),
  ...(options.privacyPolicy !== undefined && { policy_uri: orNull(options.privacyPolicy) }),
  ...(options.terms !== undefined && { tos_uri: orNull(options.terms) }),
  ...(options.consentMessage !== undefined && { consent_message: orNull(options.consentMessage) }),
  ...(options.requirePkce !== undefined && {
    require_pkce: options.requirePkce === '' ? null : options.requirePkce === 'yes',
  }),
  ...(options.refreshTokens !== undefined && {
    refresh_token_given: orNull(options.refreshTokens) as Client['refresh_token_given'],
  }),
  ...(options.idTokenAlg !== undefined && { id_token_signed_response_alg: orNull(options.idTokenAlg) }),
  ...(options.idTokenClaims !== undefined && { id_token_user_claims: options.idTokenClaims }),
});

const describe = (issuer: string, client: Client) => {
  const { secrets, ...rest } = client;
  return { issuer, ...rest, scope: client.scope.join(' ') };
};

export function clientCommand(): Command {
  const command = new Command('client').description('integrations: who may get tokens, and for what');
  addReading(command);
  addCreate(command);
  addUpdate(command);
  administer(
    withYes(withIssuer(command.command('delete <client_id>')))
      .description('delete a client and its secrets; its tokens are inactive from then on')
      .addHelpText('after', examples('tessera client delete 3f2b… --issuer tilia')),
    async ({ admin, issuers }, options: DeleteOptions, client_id = '') => {
      const issuer = chooseIssuer(issuers, options.issuer).name;
      await confirm(`the client ${client_id} of ${issuer}`, options);
      await removeClient(admin, issuer, client_id);
      print(options.output, { issuer, client_id, deleted: true }, `deleted ${client_id} at ${issuer}`);
    },
  );
  command.addCommand(clientSecretCommand());
  return command;
}

function addReading(command: Command): void {
  administer(
    withPaging(withIssuer(command.command('list')))
      .description('list the clients of an issuer, or of all, by client_id')
      .option('--owner <text>', 'only those of this owner')
      .addHelpText(
        'after',
        examples(
          'tessera client list',
          'tessera client list --issuer tilia --output json',
          'tessera client list --owner "Acme Ltd" --limit 50',
        ),
      ),
    ({ admin, issuers }, { owner, ...options }: ListOptions) => {
      const issuer = options.issuer === undefined ? undefined : chooseIssuer(issuers, options.issuer).name;
      return printList(options, (request) => listClients(admin, { issuer, owner }, request), {
        headings: ['issuer', 'client_id', 'name', 'owner', 'state'],
        row: (client) => [
          client.issuer,
          client.client_id,
          client.client_name,
          client.owner,
          client.disabled ? 'disabled' : 'enabled',
        ],
        json: ({ issuer, ...client }) => describe(issuer, client),
      });
    },
  );
  administer(
    withIssuer(command.command('show <client_id>'))
      .description('show one client and its secrets, without the secrets themselves')
      .addHelpText('after', examples('tessera client show 3f2b… --issuer tilia')),
    async ({ admin, issuers }, options: ListOptions, client_id = '') => {
      const issuer = chooseIssuer(issuers, options.issuer).name;
      const shown = describe(issuer, await findClient(admin, issuer, client_id));
      const secrets = await allClientSecrets(admin, issuer, client_id);
      const text = fields({ ...shown, secrets: secrets.map(({ id }) => id) });
      print(options.output, { ...shown, secrets: secrets.map(describeSecret) }, text);
    },
  );
}

function addCreate(command: Command): void {
  administer(
    withApp(withIssuer(command.command('create')))
      .description('register a client; its secret is shown once')
      .option('--name <text>', 'what people call it (default: its client_id)')
      .option('--id <client_id>', 'a client_id of your own choice (default: a generated one)')
      .option('--owner <text>', 'whose integration it is', '')
      .option('--scope <names>', 'what it may ask for; commas or spaces between', list)
      .option('--public', 'a client without a secret, such as an app in a browser or on a phone')
      .addOption(introspection().default('own'))
      .option('--secret-stdin', 'read a secret of your own choice from standard input')
      .option('--secret-expires <duration>', 'how long the secret is good, such as 90d', fromNow)
      .addHelpText(
        'after',
        examples(
          'tessera client create --issuer standard --name "Acme billing" --scope invoices.read,invoices.write',
          'tessera client create --name "Acme" --scope invoices.read,offline_access --redirect-uri https://acme.example/cb',
          'printf %s "$OLD_SECRET" | tessera client create --issuer tilia --id 3f2b… --secret-stdin --scope user_info',
        ),
      ),
    create,
  );
}

function addUpdate(command: Command): void {
  administer(
    withApp(withIssuer(command.command('update <client_id>')))
      .description('change a client; the server follows within a second')
      .option('--name <text>', 'what people call it')
      .option('--owner <text>', 'whose integration it is')
      .option('--scope <names>', 'what it may ask for, instead of before', list)
      .option('--add-scope <names>', 'more that it may ask for', list)
      .option('--remove-scope <names>', 'what it may no longer ask for', list)
      .addOption(introspection())
      .option('--disable', 'refuse it, and let its tokens be inactive')
      .option('--enable', 'take it back')
      .addHelpText(
        'after',
        `\nAn empty text takes away: --logo '', --consent-message '', --owner '', --scope '', --logout-uri '', --require-pkce '', --refresh-tokens '', and --redirect-uri ''\nwith the grant types that need one.\n${examples(
          'tessera client update 3f2b… --issuer tilia --add-scope user_info',
          'tessera client update 3f2b… --disable',
          "tessera client update 3f2b… --logo ''",
        )}`,
      ),
    update,
  );
}

async function create({ admin, issuers }: Administration, options: CreateOptions): Promise<void> {
  if (options.public && (options.secretStdin || options.secretExpires !== undefined))
    throw new UsageError('--public: a public client has no secret');
  const issuer = chooseIssuer(issuers, options.issuer).name;
  const chosen = options.secretStdin ? await readSecret() : undefined;
  const { client, client_secret } = await registerClient(admin, issuer, {
    ...membersOf(options),
    client_id: options.id,
    owner: options.owner ?? '',
    ...(options.public && { token_endpoint_auth_method: 'none' as const }),
    scope: options.scope ?? [],
    introspection: options.introspection ?? 'own',
    secret: { chosen, expires_at: options.secretExpires ?? null },
  });
  const shown = { ...describe(issuer, client), ...(client_secret !== undefined && { client_secret }) };
  const once = client_secret === undefined ? '' : '\n\nKeep the secret now: it is not shown again.';
  print(options.output, shown, fields(shown) + once);
}

async function update(
  { admin, issuers }: Administration,
  options: UpdateOptions,
  client_id = '',
): Promise<void> {
  if (options.enable && options.disable) throw new UsageError('--enable: stands beside --disable');
  const issuer = chooseIssuer(issuers, options.issuer).name;
  const client = await changeClient(admin, issuer, client_id, {
    ...membersOf(options),
    add_scope: options.addScope,
    remove_scope: options.removeScope,
    ...((options.enable || options.disable) && { disabled: options.disable === true }),
  });
  const shown = describe(issuer, client);
  print(options.output, shown, fields(shown));
}
