// tessera session: list, end.

import { Command } from 'commander';
import { wasDone } from '../admin/audit.ts';
import { endSession, listSessions } from '../admin/sessions.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, withCommon } from './common.ts';
import { repeated } from './deleting.ts';
import { examples, present, print, time } from './output.ts';

interface ListOptions extends CommonOptions, PagingOptions {
  readonly user?: string;
}

type Session = Awaited<ReturnType<typeof endSession>>;

/** Not every provider says when a user signed in. */
const signedInAt = (auth_time: number): string | undefined =>
  auth_time === 0 ? undefined : time(auth_time * 1000);

const describe = ({ auth_time, last_seen_at, expires_at, ...session }: Session) =>
  present({
    ...session,
    auth_time: signedInAt(auth_time),
    last_seen_at: time(last_seen_at),
    expires_at: time(expires_at),
  });

export function sessionCommand(): Command {
  const command = new Command('session').description('browsers in which a user has signed in');
  administer(
    withPaging(withCommon(command.command('list')))
      .description('list the sessions of all users or of one, the newest first')
      .option('--user <user>', 'of one user, by login or id')
      .addHelpText(
        'after',
        examples('tessera session list --user ann@example.com', 'tessera session list --limit 50'),
      ),
    ({ admin }, { user, ...options }: ListOptions) =>
      printList(options, (request) => listSessions(admin, user, request), {
        headings: ['id', 'user_id', 'signed in', 'by', 'at', 'last seen', 'expires'],
        row: ({ id, user_id, auth_time, amr, identity_provider, last_seen_at, expires_at }) => [
          id,
          user_id,
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
      const already = await repeated(
        () => endSession(admin, id),
        () => wasDone(admin, 'session.end', null, id),
      );
      print(output, { id, ended: true }, `${already ? 'already ' : ''}ended ${id}`);
    },
  );
  return command;
}
