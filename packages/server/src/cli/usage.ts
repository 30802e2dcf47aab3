// tessera usage: how many tokens each client was given.

import { Command, InvalidArgumentError } from 'commander';
import { listUsage } from '../admin/usage.ts';
import { duration } from '../config/schema.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, withIssuer } from './common.ts';
import { examples } from './output.ts';

interface UsageOptions extends CommonOptions, PagingOptions {
  readonly issuer?: string;
  readonly client?: string;
  readonly since?: number;
}

export function usageCommand(): Command {
  const command = new Command('usage').description('how many access tokens were issued');
  administer(
    withPaging(withIssuer(command.command('show')))
      .description('show access tokens by client and day (UTC), the newest day first')
      .option('--client <client_id>', 'of one client alone')
      .option('--since <duration>', 'of so many days until today, such as 30d (default: all)', ago)
      .addHelpText('after', examples('tessera usage show --since 30d', 'tessera usage show --client 3f2b…')),
    ({ admin, issuerFilter }, { client, since, ...options }: UsageOptions) => {
      const issuer = issuerFilter(options);
      const filter = { issuer, client_id: client, since };
      return printList(options, (request) => listUsage(admin, filter, request), {
        headings: ['day', 'issuer', 'client_id', 'tokens'],
        row: ({ day, issuer, client_id, tokens }) => [date(day), issuer, client_id, String(tokens)],
        json: ({ day, ...usage }) => ({ day: date(day), ...usage }),
      });
    },
  );
  return command;
}

const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function ago(given: string): number {
  const parsed = duration.safeParse(given);
  if (!parsed.success) throw new InvalidArgumentError('expected a duration such as 30d');
  return Math.max(0, Date.now() - parsed.data);
}
