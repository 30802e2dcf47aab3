// tessera grant: list, show, revoke.

import { Command } from 'commander';
import { existingUser } from '../admin/existing.ts';
import { endGrant, findGrant, type GrantListing, listGrants } from '../admin/grants.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, withCommon, withIssuer } from './common.ts';
import { examples, fields, present, print, time } from './output.ts';

interface ListOptions extends CommonOptions, PagingOptions {
  readonly issuer?: string;
  readonly user?: string;
  readonly client?: string;
}

const describe = (grant: GrantListing) =>
  present({
    ...grant,
    scope: grant.scope.join(' '),
    created_at: time(grant.created_at),
    refresh_expires_at: time(grant.refresh_expires_at),
    revoked_at: time(grant.revoked_at),
    expires_at: time(grant.expires_at),
  });

export function grantCommand(): Command {
  const command = new Command('grant').description('what users allowed clients, with the tokens of it');
  addList(command);
  addShow(command);
  addRevoke(command);
  return command;
}

function addList(command: Command): void {
  administer(
    withPaging(withIssuer(command.command('list')))
      .description('list grants, those that have ended included until they are swept')
      .option('--user <user>', 'of one user, by login or id')
      .option('--client <client_id>', 'of one client')
      .addHelpText(
        'after',
        examples('tessera grant list --user ann@example.com', 'tessera grant list --client 3f2b… --limit 50'),
      ),
    async ({ admin, issuerFilter }, { user, client, ...options }: ListOptions) => {
      const issuer = issuerFilter(options);
      const user_id = user === undefined ? undefined : (await existingUser(admin, user)).id;
      const filter = { issuer, client_id: client, user_id };
      await printList(options, (request) => listGrants(admin, filter, request), {
        headings: ['id', 'issuer', 'client_id', 'user_id', 'state', 'created', 'scope'],
        row: (grant) => [
          grant.id,
          grant.issuer,
          grant.client_id,
          grant.user_id,
          grant.state,
          time(grant.created_at),
          grant.scope.join(' '),
        ],
        json: describe,
      });
    },
  );
}

function addShow(command: Command): void {
  administer(
    withCommon(command.command('show <id>'))
      .description('show one grant')
      .addHelpText('after', examples('tessera grant show 8SqB…')),
    async ({ admin }, { output }, id = '') => {
      const shown = describe(await findGrant(admin, id));
      print(output, shown, fields(shown));
    },
  );
}

function addRevoke(command: Command): void {
  administer(
    withCommon(command.command('revoke <id>'))
      .description('end a grant: its refresh token and its access tokens are no good from then on')
      .addHelpText('after', examples('tessera grant revoke 8SqB…')),
    async ({ admin }, { output }, id = '') => {
      const shown = describe(await endGrant(admin, id));
      print(output, shown, `revoked ${id}`);
    },
  );
}
