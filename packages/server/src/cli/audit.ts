// tessera audit: what administrators changed.

import { Command } from 'commander';
import { listChanges } from '../admin/audit.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, examples, time, withCommon } from './common.ts';

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
        headings: ['time', 'actor', 'verb', 'issuer', 'target', 'before', 'after'],
        row: ({ at, actor: { kind, name }, verb, issuer, target: id, before, after }) => [
          time(at),
          `${kind}:${name}`,
          verb,
          issuer ?? '-',
          id,
          before === null ? '-' : JSON.stringify(before),
          after === null ? '-' : JSON.stringify(after),
        ],
        json: ({ at, ...event }) => ({ ...event, at: time(at) }),
      }),
  );
  return command;
}
