// tessera client secret: add, list, revoke.

import { Command } from 'commander';
import {
  addClientSecret,
  type allClientSecrets,
  listClientSecrets,
  revokeClientSecret,
} from '../admin/client-secrets.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, fromNow, withIssuer } from './common.ts';
import { examples, fields, present, print, time } from './output.ts';
import { readClientSecret } from './secret-input.ts';

interface SecretOptions extends CommonOptions, PagingOptions {
  readonly issuer?: string;
  readonly expires?: number;
  readonly secretStdin?: true;
}

type Secret = Awaited<ReturnType<typeof allClientSecrets>>[number];

export function clientSecretCommand(): Command {
  const command = new Command('secret').description(
    'the secrets of a client; several may be good at once, for a rotation without a gap',
  );
  addAdd(command);
  addList(command);
  addRevoke(command);
  return command;
}

function addAdd(command: Command): void {
  administer(
    withIssuer(command.command('add <client_id>'))
      .description('give a client one more secret, shown once')
      .option('--expires <duration>', 'how long it is good, such as 90d', fromNow)
      .option('--secret-stdin', 'read a secret of your own choice from standard input')
      .addHelpText('after', examples('tessera client secret add 3f2b… --issuer tilia --expires 90d')),
    async ({ admin, issuerOf }, options: SecretOptions, client_id = '') => {
      const issuer = issuerOf(options).name;
      const chosen = options.secretStdin ? await readClientSecret() : undefined;
      const added = await addClientSecret(admin, issuer, client_id, {
        chosen,
        expires_at: options.expires ?? null,
      });
      const { client_secret, ...secret } = added;
      const shown = present({ ...describeSecret(secret), client_secret });
      const once = client_secret === undefined ? '' : '\n\nKeep the secret now: it is not shown again.';
      print(options.output, shown, fields(shown) + once);
    },
  );
}

function addList(command: Command): void {
  administer(
    withPaging(withIssuer(command.command('list <client_id>')))
      .description('list the secrets of a client, without the secrets themselves')
      .addHelpText('after', examples('tessera client secret list 3f2b… --issuer tilia')),
    ({ admin, issuerOf }, options: SecretOptions, client_id = '') => {
      const issuer = issuerOf(options).name;
      return printList(options, (request) => listClientSecrets(admin, issuer, client_id, request), {
        headings: ['id', 'kind', 'created', 'expires', 'revoked', 'last used'],
        row: (secret) => [
          secret.id,
          secret.kind,
          time(secret.created_at),
          time(secret.expires_at),
          time(secret.revoked_at),
          time(secret.last_used_at),
        ],
        json: describeSecret,
      });
    },
  );
}

function addRevoke(command: Command): void {
  administer(
    withIssuer(command.command('revoke <client_id> <secret_id>'))
      .description('refuse a secret from now on')
      .addHelpText('after', examples('tessera client secret revoke 3f2b… 5d1c… --issuer tilia')),
    async ({ admin, issuerOf }, options: SecretOptions, client_id = '', secret_id = '') => {
      const issuer = issuerOf(options).name;
      const secret = await revokeClientSecret(admin, issuer, client_id, secret_id);
      print(options.output, describeSecret(secret), `revoked ${secret_id}`);
    },
  );
}

/** A secret as it is shown: times as text, and nothing of the secret. */
export const describeSecret = ({ id, kind, created_at, expires_at, revoked_at, last_used_at }: Secret) =>
  present({
    id,
    kind,
    created_at: time(created_at),
    expires_at: time(expires_at),
    revoked_at: time(revoked_at),
    last_used_at: time(last_used_at),
  });
