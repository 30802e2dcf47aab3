// tessera client: create, list, show, update, delete.

import type { Client } from '@tessera-oauth/core';
import { Command, Option } from 'commander';
import { withGrantTypes } from '../admin/client-rules.ts';
import { changeClient, existing, registerClient, removeClient } from '../admin/clients.ts';
import { UsageError } from '../model.ts';
import { listSecrets } from '../store/tables/client-secrets.ts';
import { listClients } from '../store/tables/clients.ts';
import { clientSecretCommand, describeSecret, readSecret } from './client-secret.ts';
import {
  type CommonOptions,
  chooseIssuer,
  collect,
  examples,
  fields,
  fromNow,
  list,
  print,
  table,
  withInstance,
  withIssuer,
} from './common.ts';

interface ClientOptions extends CommonOptions {
  readonly issuer?: string;
}

interface CreateOptions extends ClientOptions {
  readonly name?: string;
  readonly id?: string;
  readonly owner?: string;
  readonly scope?: readonly string[];
  readonly public?: boolean;
  readonly introspection: Client['introspection'];
  readonly secretStdin?: boolean;
  readonly secretExpires?: number;
  readonly redirectUri?: readonly string[];
  readonly logoutUri?: readonly string[];
  readonly grantTypes?: readonly string[];
  readonly logo?: string;
  readonly consentMessage?: string;
}

interface UpdateOptions extends ClientOptions {
  readonly name?: string;
  readonly owner?: string;
  readonly scope?: readonly string[];
  readonly addScope?: readonly string[];
  readonly removeScope?: readonly string[];
  readonly introspection?: Client['introspection'];
  readonly enable?: boolean;
  readonly disable?: boolean;
  readonly redirectUri?: readonly string[];
  readonly logoutUri?: readonly string[];
  readonly grantTypes?: readonly string[];
  readonly logo?: string;
  readonly consentMessage?: string;
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
      'what it may use, such as authorization_code,refresh_token (default: all)',
      list,
    )
    .option('--logo <uri>', 'an https URL of its logo, for the consent page')
    .option('--consent-message <text>', 'what the consent page says in its own words');

const appMembers = (options: UpdateOptions | CreateOptions) => ({
  ...(options.redirectUri !== undefined && { redirect_uris: options.redirectUri }),
  ...(options.logoutUri !== undefined && { post_logout_redirect_uris: options.logoutUri }),
  ...(options.grantTypes !== undefined && { grant_types: options.grantTypes }),
  ...(options.logo !== undefined && { logo_uri: options.logo === '' ? null : options.logo }),
  ...(options.consentMessage !== undefined && {
    consent_message: options.consentMessage === '' ? null : options.consentMessage,
  }),
});

const describe = (issuer: string, client: Client) => {
  const { secrets, ...rest } = client;
  return { issuer, ...rest, scope: client.scope.join(' ') };
};

export function clientCommand(): Command {
  const command = new Command('client').description('integrations: who may get tokens, and for what');
  addReading(command);
  withApp(withIssuer(command.command('create')))
    .description('register a client; its secret is shown once')
    .option('--name <text>', 'what people call it')
    .option('--id <client_id>', 'a client_id of your own choice (default: a generated one)')
    .option('--owner <text>', 'whose integration it is', '')
    .option('--scope <names>', 'what it may ask for; commas or spaces between', list)
    .option('--public', 'a client without a secret')
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
    )
    .action(create);
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
      examples(
        'tessera client update 3f2b… --issuer tilia --add-scope user_info',
        'tessera client update 3f2b… --disable',
      ),
    )
    .action(update);
  withIssuer(command.command('delete <client_id>'))
    .description('delete a client and its secrets; its tokens are inactive from then on')
    .addHelpText('after', examples('tessera client delete 3f2b… --issuer tilia'))
    .action((client_id: string, options: ClientOptions) =>
      withInstance(options, async ({ admin }, issuers) => {
        const issuer = chooseIssuer(issuers, options.issuer).name;
        await removeClient(admin, issuer, client_id);
        print(options.output, { issuer, client_id, deleted: true }, `deleted ${client_id} at ${issuer}`);
      }),
    );
  command.addCommand(clientSecretCommand());
  return command;
}

function addReading(command: Command): void {
  withIssuer(command.command('list'))
    .description('list the clients of an issuer, or of all')
    .addHelpText('after', examples('tessera client list', 'tessera client list --issuer tilia --output json'))
    .action((options: ClientOptions) =>
      withInstance(options, async ({ store }, issuers) => {
        const only = options.issuer === undefined ? undefined : chooseIssuer(issuers, options.issuer).name;
        const clients = await listClients(store.db, only);
        const rows = clients.map((client) => [
          client.issuer,
          client.client_id,
          client.client_name,
          client.owner,
          client.disabled ? 'disabled' : 'enabled',
        ]);
        const shown = clients.map(({ issuer, ...client }) => describe(issuer, client));
        print(options.output, shown, table(['issuer', 'client_id', 'name', 'owner', 'state'], rows));
      }),
    );
  withIssuer(command.command('show <client_id>'))
    .description('show one client and its secrets, without the secrets themselves')
    .addHelpText('after', examples('tessera client show 3f2b… --issuer tilia'))
    .action((client_id: string, options: ClientOptions) =>
      withInstance(options, async ({ admin, store }, issuers) => {
        const issuer = chooseIssuer(issuers, options.issuer).name;
        const shown = describe(issuer, await existing(admin, issuer, client_id));
        const secrets = await listSecrets(store.db, issuer, client_id);
        const text = fields({ ...shown, secrets: secrets.map(({ id }) => id) });
        print(options.output, { ...shown, secrets: secrets.map(describeSecret) }, text);
      }),
    );
}

async function create(options: CreateOptions): Promise<void> {
  if (options.public && (options.secretStdin || options.secretExpires !== undefined)) {
    throw new UsageError('--public: a public client has no secret');
  }
  const chosen = options.secretStdin ? await readSecret() : undefined;
  await withInstance(options, async ({ admin }, issuers) => {
    const issuer = chooseIssuer(issuers, options.issuer);
    const { client, client_secret } = await registerClient(admin, issuer.name, issuer.dialect, {
      client_id: options.id,
      client_name: options.name ?? options.id ?? 'unnamed',
      owner: options.owner ?? '',
      public: options.public ?? false,
      scope: options.scope ?? [],
      introspection: options.introspection,
      secret: { chosen, expires_at: options.secretExpires ?? null },
      ...appMembers(options),
    });
    const shown = { ...describe(issuer.name, client), ...(client_secret !== undefined && { client_secret }) };
    const once = client_secret === undefined ? '' : '\n\nKeep the secret now: it is not shown again.';
    print(options.output, shown, fields(shown) + once);
  });
}

async function update(client_id: string, options: UpdateOptions): Promise<void> {
  if (options.enable && options.disable) throw new UsageError('--enable: stands beside --disable');
  await withInstance(options, async ({ admin }, issuers) => {
    const { name: issuer, dialect } = chooseIssuer(issuers, options.issuer);
    const before = await existing(admin, issuer, client_id);
    const { addScope = [], removeScope = [] } = options;
    const scope = new Set([...(options.scope ?? before.scope), ...addScope]);
    for (const name of removeScope) scope.delete(name);
    const changesScope = options.scope !== undefined || addScope.length > 0 || removeScope.length > 0;
    const client = await changeClient(admin, issuer, client_id, {
      ...withGrantTypes(before, appMembers(options), dialect),
      ...(options.name !== undefined && { client_name: options.name }),
      ...(options.owner !== undefined && { owner: options.owner }),
      ...(changesScope && { scope: [...scope] }),
      ...(options.introspection !== undefined && { introspection: options.introspection }),
      ...((options.enable || options.disable) && { disabled: options.disable === true }),
    });
    const shown = describe(issuer, client);
    print(options.output, shown, fields(shown));
  });
}
