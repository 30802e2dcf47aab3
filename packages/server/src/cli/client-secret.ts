// tessera client secret: add, list, revoke.

import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { addClientSecret, existing, revokeClientSecret } from '../admin/clients.ts';
import { listSecrets, type SecretListing } from '../store/tables/client-secrets.ts';
import {
  type CommonOptions,
  chooseIssuer,
  examples,
  fields,
  fromNow,
  isoTime,
  print,
  table,
  time,
  withInstance,
  withIssuer,
} from './common.ts';

interface SecretOptions extends CommonOptions {
  readonly issuer?: string;
  readonly expires?: number;
  readonly secretStdin?: boolean;
}

/** Standard input without the line end that a shell adds. */
export const readSecret = async (): Promise<string> => (await text(process.stdin)).replace(/\r?\n$/, '');

export function clientSecretCommand(): Command {
  const command = new Command('secret').description(
    'the secrets of a client; several may be good at once, for a rotation without a gap',
  );
  withIssuer(command.command('add <client_id>'))
    .description('give a client one more secret, shown once')
    .option('--expires <duration>', 'how long it is good, such as 90d', fromNow)
    .option('--secret-stdin', 'read a secret of your own choice from standard input')
    .addHelpText('after', examples('tessera client secret add 3f2b… --issuer tilia --expires 90d'))
    .action(async (client_id: string, options: SecretOptions) => {
      const chosen = options.secretStdin ? await readSecret() : undefined;
      await withInstance(options, async ({ admin }, issuers) => {
        const { name, dialect } = chooseIssuer(issuers, options.issuer);
        const wanted = { chosen, expires_at: options.expires ?? null };
        const { id, client_secret, expires_at } = await addClientSecret(
          admin,
          name,
          dialect,
          client_id,
          wanted,
        );
        const shown = {
          id,
          ...(client_secret !== undefined && { client_secret }),
          expires_at: isoTime(expires_at),
        };
        const once = client_secret === undefined ? '' : '\n\nKeep the secret now: it is not shown again.';
        print(options.output, shown, fields({ ...shown, expires_at: time(expires_at) }) + once);
      });
    });
  withIssuer(command.command('list <client_id>'))
    .description('list the secrets of a client, without the secrets themselves')
    .addHelpText('after', examples('tessera client secret list 3f2b… --issuer tilia'))
    .action((client_id: string, options: SecretOptions) =>
      withInstance(options, async ({ admin, store }, issuers) => {
        const issuer = chooseIssuer(issuers, options.issuer).name;
        await existing(admin, issuer, client_id);
        const secrets = await listSecrets(store.db, issuer, client_id);
        const rows = secrets.map((secret) => [
          secret.id,
          secret.kind,
          time(secret.created_at),
          time(secret.expires_at),
          time(secret.revoked_at),
          time(secret.last_used_at),
        ]);
        const json = secrets.map(describeSecret);
        print(
          options.output,
          json,
          table(['id', 'kind', 'created', 'expires', 'revoked', 'last used'], rows),
        );
      }),
    );
  withIssuer(command.command('revoke <client_id> <secret_id>'))
    .description('refuse a secret from now on')
    .addHelpText('after', examples('tessera client secret revoke 3f2b… 5d1c… --issuer tilia'))
    .action((client_id: string, secret_id: string, options: SecretOptions) =>
      withInstance(options, async ({ admin }, issuers) => {
        const issuer = chooseIssuer(issuers, options.issuer).name;
        await revokeClientSecret(admin, issuer, client_id, secret_id);
        print(options.output, { id: secret_id, revoked: true }, `revoked ${secret_id}`);
      }),
    );
  return command;
}

/** A secret as JSON shows it: times as text, and nothing of the secret. */
export const describeSecret = ({
  id,
  kind,
  created_at,
  expires_at,
  revoked_at,
  last_used_at,
}: SecretListing) => ({
  id,
  kind,
  created_at: isoTime(created_at),
  expires_at: isoTime(expires_at),
  revoked_at: isoTime(revoked_at),
  last_used_at: isoTime(last_used_at),
});
