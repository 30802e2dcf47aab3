// tessera audit: what administrators changed.

import { Command } from 'commander';
import { listChanges } from '../admin/audit.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, withCommon } from './common.ts';
import { examples, present, time } from './output.ts';

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

type Members = Readonly<Record<string, unknown>>;

/** What each member was and is: `name: "Acme" → "Acme Ltd"`; of what was not there, or is not, one of the two. */
const changeOf = (before: Members, after: Members): string =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !isNothing(before[name]) || !isNothing(after[name]))
    .map((name) => {
      const [was, is] = [before[name], after[name]].map((value) =>
        isNothing(value) ? '' : JSON.stringify(value),
      );
      return `${name}: ${name in before ? `${was || 'nothing'} → ${is || 'nothing'}` : is}`;
    })
    .join(', ');

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

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
        headings: ['at', 'actor', 'verb', 'issuer', 'target', 'change'],
        row: (event) => {
          const { at, actor, verb, issuer, target: id, before, after } = describe(event);
          return [at, `${actor?.kind}:${actor?.name}`, verb, issuer, id, changeOf(before ?? {}, after ?? {})];
        },
        json: describe,
      }),
  );
  return command;
}
