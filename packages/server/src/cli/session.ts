// tessera session: list, end.

import { Command } from 'commander';
import { endSession, listSessions } from '../admin/sessions.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, examples, print, time, withCommon } from './common.ts';

interface ListOptions extends CommonOptions, PagingOptions {
  readonly user: string;
}

type Session = Awaited<ReturnType<typeof endSession>>;

/** Not every provider says when a user signed in. */
const signedInAt = (auth_time: number): string => (auth_time === 0 ? '-' : time(auth_time * 1000));

const describe = ({ auth_time, last_seen_at, expires_at, ...session }: Session) => ({
  ...session,
  auth_time: signedInAt(auth_time),
  last_seen_at: time(last_seen_at),
  expires_at: time(expires_at),
});

export function sessionCommand(): Command {
  const command = new Command('session').description('browsers in which a user has signed in');
  administer(
    withPaging(withCommon(command.command('list')))
      .description('list the sessions of a user, the newest first')
      .requiredOption('--user <user>', 'the user, by login or id')
      .addHelpText('after', examples('tessera session list --user ann@example.com')),
    ({ admin }, { user, ...options }: ListOptions) =>
      printList(options, (request) => listSessions(admin, user, request), {
        headings: ['id', 'signed in', 'by', 'at', 'last seen', 'expires'],
        row: ({ id, auth_time, amr, identity_provider, last_seen_at, expires_at }) => [
          id,
          signedInAt(auth_time),
          amr.join(' '),
          identity_provider,
          time(last_seen_at),
          time(expires_at),
        ],
        json: describe,
      }),
  );
  administer(
    withCommon(command.command('end <id>'))
      .description('end a session: that browser must sign in again; what apps were allowed goes on')
      .addHelpText('after', examples('tessera session end 4f1c…')),
    async ({ admin }, { output }, id = '') => {
      const session = await endSession(admin, id);
      print(output, { ...describe(session), ended: true }, `ended ${id}`);
    },
  );
  return command;
}
