// tessera client: list, show, create, update, delete.

import type { Client } from '@tessera-oauth/core';
import { Command, Option } from 'commander';
import type { ClientChange } from '../admin/client-input.ts';
import { allClientSecrets } from '../admin/client-secrets.ts';
import { changeClient, findClient, listClients, registerClient, removeClient } from '../admin/clients.ts';
import { UsageError } from '../model.ts';
import { type Administration, administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { clientSecretCommand, describeSecret } from './client-secret.ts';
import {
  type CommonOptions,
  collect,
  emptiable,
  fromNow,
  list,
  parseTokenReuse,
  withIssuer,
} from './common.ts';
import { deleting } from './deleting.ts';
import { examples, fields, present, print, time } from './output.ts';
import { readClientSecret } from './secret-input.ts';

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
  readonly tokenReuse?: number | '';
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

const tokenReuse = () =>
  new Option(
    '--token-reuse <duration>',
    "how long it gets the same token where it asks for the same, such as 30s; off: not at all ('': as its issuer has it)",
  ).argParser((given) => (given === '' ? given : parseTokenReuse(given, ", or '': as its issuer has it")));

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
      emptiable(
        '--require-pkce <answer>',
        'no: for an app with a secret that sends a nonce or a state, and no PKCE',
        ['yes', 'no'],
        'as the dialect has it',
      ),
    )
    .addOption(
      emptiable(
        '--refresh-tokens <when>',
        'what gives it refresh tokens, of which the user is told',
        ['offline_access', 'always'],
        'as the dialect has it',
      ),
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
  ...(options.tokenReuse !== undefined && {
    token_reuse: options.tokenReuse === '' ? null : options.tokenReuse,
  }),
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
  return present({ issuer, ...rest, scope: client.scope.join(' ') });
};

/** For people; JSON has this time as RFC 7591 §3.2.1 does, in epoch seconds. */
const textOf = (shown: ReturnType<typeof describe>, more: object = {}) =>
  fields({ ...shown, client_id_issued_at: time((shown.client_id_issued_at ?? 0) * 1000), ...more });

export function clientCommand(): Command {
  const command = new Command('client').description('integrations: who may get tokens, and for what');
  addReading(command);
  addCreate(command);
  addUpdate(command);
  deleting(
    withIssuer(command.command('delete <client_id>'))
      .description('delete a client and its secrets; its tokens are inactive from then on')
      .addHelpText('after', examples('tessera client delete 3f2b… --issuer tilia')),
    'client.delete',
    ({ admin, issuerOf }, options, client_id) => {
      const issuer = issuerOf(options).name;
      return {
        what: `the client ${client_id} of ${issuer}`,
        issuer,
        target: client_id,
        named: { issuer, client_id },
        remove: () => removeClient(admin, issuer, client_id),
      };
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
    ({ admin, issuerFilter }, { owner, ...options }: ListOptions) => {
      const issuer = issuerFilter(options);
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
    async ({ admin, issuerOf }, options: ListOptions, client_id = '') => {
      const issuer = issuerOf(options).name;
      const shown = describe(issuer, await findClient(admin, issuer, client_id));
      const secrets = await allClientSecrets(admin, issuer, client_id);
      const text = textOf(shown, { secrets: secrets.map(({ id }) => id) });
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
      .addOption(tokenReuse())
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
      .addOption(tokenReuse())
      .option('--disable', 'refuse it, and let its tokens be inactive')
      .option('--enable', 'take it back')
      .addHelpText(
        'after',
        `\nAn empty text takes away: --logo '', --consent-message '', --owner '', --scope '', --logout-uri '', --require-pkce '', --refresh-tokens '',\n--token-reuse '', and --redirect-uri '' with the grant types that need one.\n${examples(
          'tessera client update 3f2b… --issuer tilia --add-scope user_info',
          'tessera client update 3f2b… --disable',
          "tessera client update 3f2b… --logo ''",
        )}`,
      ),
    update,
  );
}

async function create({ admin, issuerOf }: Administration, options: CreateOptions): Promise<void> {
  if (options.public && (options.secretStdin || options.secretExpires !== undefined))
    throw new UsageError('--public: a public client has no secret');
  const issuer = issuerOf(options).name;
  const chosen = options.secretStdin ? await readClientSecret() : undefined;
  const { client, client_secret } = await registerClient(admin, issuer, {
    ...membersOf(options),
    client_id: options.id,
    owner: options.owner ?? '',
    ...(options.public && { token_endpoint_auth_method: 'none' as const }),
    scope: options.scope ?? [],
    introspection: options.introspection ?? 'own',
    secret: { chosen, expires_at: options.secretExpires ?? null },
  });
  const shown = describe(issuer, client);
  const once = client_secret === undefined ? '' : '\n\nKeep the secret now: it is not shown again.';
  const without = `\n\nIt may ask for nothing yet: tessera client update ${client.client_id} --add-scope …`;
  const note = client.scope.length === 0 ? without : '';
  const secret = client_secret !== undefined && { client_secret };
  print(options.output, { ...shown, ...secret }, textOf(shown, { client_secret }) + once + note);
}

async function update(
  { admin, issuerOf }: Administration,
  options: UpdateOptions,
  client_id = '',
): Promise<void> {
  if (options.enable && options.disable) throw new UsageError('--enable: stands beside --disable');
  const issuer = issuerOf(options).name;
  const client = await changeClient(admin, issuer, client_id, {
    ...membersOf(options),
    add_scope: options.addScope,
    remove_scope: options.removeScope,
    ...((options.enable || options.disable) && { disabled: options.disable === true }),
  });
  const shown = describe(issuer, client);
  print(options.output, shown, textOf(shown));
}
