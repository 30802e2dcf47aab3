// tessera audit: what administrators changed.

import { Command } from 'commander';
import { listChanges } from '../admin/audit.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, examples, withCommon } from './common.ts';
import { present, time } from './output.ts';

type Change = Awaited<ReturnType<typeof listChanges>>['items'][number];

const describe = ({ at, before, after, ...change }: Change) =>
  present({ at: time(at), ...change, before: withTimes(before), after: withTimes(after) });

/** Members as they were recorded: one that is null was not there. Times are recorded as numbers. */
const withTimes = (members: Change['before']) =>
  members &&
  Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      if (typeof value !== 'number') return [name, value];
      if (name === 'auth_time') return [name, time(value * 1000)];
      return [name, name.endsWith('_at') ? time(value) : value];
    }),
  );

interface AuditOptions extends CommonOptions, PagingOptions {
  readonly target?: string;
  readonly actor?: string;
}

export function auditCommand(): Command {
  const command = new Command('audit').description('the record of what administrators changed');
  administer(
    withPaging(withCommon(command.command('list')))
      .description('list changes, the newest first: who did what to what; no secret is among them')
      .option('--target <id>', 'only those of this client, user, issuer, scope, key, grant, session or token')
      .option('--actor <kind:name>', 'only those by this actor, such as cli:ann')
      .addHelpText(
        'after',
        examples(
          'tessera audit list --limit 20',
          'tessera audit list --target 3f2b… --output json',
          'tessera audit list --actor cli:ann',
        ),
      ),
    ({ admin }, { target, actor, ...options }: AuditOptions) =>
      printList(options, (request) => listChanges(admin, { target, actor }, request), {
        headings: ['at', 'actor', 'verb', 'issuer', 'target', 'before', 'after'],
        row: (event) => {
          const { at, actor, verb, issuer, target: id, before, after } = describe(event);
          return [
            at,
            `${actor?.kind}:${actor?.name}`,
            verb,
            issuer,
            id,
            before && JSON.stringify(before),
            after && JSON.stringify(after),
          ];
        },
        json: describe,
      }),
  );
  return command;
}
