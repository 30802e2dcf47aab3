// tessera scope: list, create, delete.

import { isScopeToken } from '@tessera-oauth/core';
import { Command } from 'commander';
import { UsageError } from '../model.ts';
import { createScope, deleteScope, listScopes } from '../store/tables/scopes.ts';
import {
  type CommonOptions,
  chooseIssuer,
  examples,
  print,
  table,
  withInstance,
  withIssuer,
} from './common.ts';

interface ScopeOptions extends CommonOptions {
  readonly issuer?: string;
  readonly description?: string;
}

export function scopeCommand(): Command {
  const command = new Command('scope').description('what clients may be allowed to ask for');
  withIssuer(command.command('list'))
    .description('list the scopes of an issuer, or of all')
    .addHelpText('after', examples('tessera scope list', 'tessera scope list --issuer trelica --output json'))
    .action((options: ScopeOptions) =>
      withInstance(options, async ({ store }, issuers) => {
        const issuer = options.issuer === undefined ? undefined : chooseIssuer(issuers, options.issuer).name;
        const scopes = await listScopes(store.db, issuer);
        const rows = scopes.map(({ issuer, name, description }) => [issuer, name, description]);
        print(options.output, scopes, table(['issuer', 'name', 'description'], rows));
      }),
    );
  withIssuer(command.command('create <name>'))
    .description('register a scope')
    .option('-d, --description <text>', 'what it allows, in words', '')
    .addHelpText('after', examples('tessera scope create invoices.read --issuer standard -d "Read invoices"'))
    .action((name: string, options: ScopeOptions) =>
      withInstance(options, async ({ store }, issuers) => {
        const issuer = chooseIssuer(issuers, options.issuer);
        if (!isScopeToken(name) || name.includes(',')) {
          throw new UsageError(
            `scope: got "${name}", expected printable ASCII without spaces, commas, quotes or backslashes`,
          );
        }
        const { description = '' } = options;
        if (!(await createScope(store.db, issuer.name, name, description, Date.now()))) {
          throw new UsageError(`scope ${name}: issuer ${issuer.name} has it already`);
        }
        print(
          options.output,
          { issuer: issuer.name, name, description },
          `created ${name} at ${issuer.name}`,
        );
      }),
    );
  withIssuer(command.command('delete <name>'))
    .description('remove a scope; clients that were given it keep it until they are updated')
    .addHelpText('after', examples('tessera scope delete invoices.read --issuer standard'))
    .action((name: string, options: ScopeOptions) =>
      withInstance(options, async ({ store }, issuers) => {
        const issuer = chooseIssuer(issuers, options.issuer);
        if (!(await deleteScope(store.db, issuer.name, name, Date.now()))) {
          throw new UsageError(`scope ${name}: issuer ${issuer.name} has no such scope`);
        }
        print(
          options.output,
          { issuer: issuer.name, name, deleted: true },
          `deleted ${name} at ${issuer.name}`,
        );
      }),
    );
  return command;
}
