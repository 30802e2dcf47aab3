// tessera scope: list, show, create, update, delete.

import { Command, InvalidArgumentError, Option } from 'commander';
import { addScope, changeScope, findScope, listScopes, removeScope } from '../admin/scopes.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, withIssuer } from './common.ts';
import { deleting } from './deleting.ts';
import { examples, fields, present, print } from './output.ts';

interface ScopeOptions extends CommonOptions, PagingOptions {
  readonly issuer?: string;
  readonly description?: string;
  readonly descriptionFor?: Readonly<Record<string, string>>;
  readonly sensitive?: boolean;
  readonly optional?: boolean;
}

const withWords = (command: Command): Command =>
  command
    .option('-d, --description <text>', 'what it allows, in words')
    .option(
      '--description-for <language=text>',
      'the same for pages in a language, such as de="Rechnungen lesen"; may be repeated',
      collectWords,
    )
    .option('--sensitive', 'mark it on the consent page; --no-sensitive takes the mark away')
    .addOption(new Option('--no-sensitive').hideHelp())
    .option('--optional', 'let users leave it out; --no-optional takes that back')
    .addOption(new Option('--no-optional').hideHelp());

function collectWords(given: string, previous: Readonly<Record<string, string>> = {}) {
  const at = given.indexOf('=');
  if (at < 1)
    throw new InvalidArgumentError('expected a language, an equals sign and the words, such as de=Lesen');
  return { ...previous, [given.slice(0, at).toLowerCase()]: given.slice(at + 1) };
}

type Scope = Awaited<ReturnType<typeof findScope>>;

const describe = (scope: Scope) => present(scope);

function show(scope: Scope, output: CommonOptions['output']): void {
  const { descriptions, ...shown } = describe(scope);
  const words = Object.entries(descriptions ?? {}).map(([language, text]) => [
    `description ${language}`,
    text,
  ]);
  print(output, describe(scope), fields({ ...shown, ...Object.fromEntries(words) }));
}

const wordsOf = ({ description, descriptionFor, sensitive, optional }: ScopeOptions) => ({
  ...(sensitive !== undefined && { sensitive }),
  ...(optional !== undefined && { optional }),
  ...(description !== undefined && { description }),
  ...(descriptionFor !== undefined && { descriptions: descriptionFor }),
});

export function scopeCommand(): Command {
  const command = new Command('scope').description('what clients may be allowed to ask for');
  addList(command);
  addShow(command);
  addCreate(command);
  addUpdate(command);
  addDelete(command);
  return command;
}

function addList(command: Command): void {
  administer(
    withPaging(withIssuer(command.command('list')))
      .description('list the scopes of an issuer, or of all')
      .addHelpText(
        'after',
        examples('tessera scope list', 'tessera scope list --issuer trelica --output json'),
      ),
    ({ admin, issuerFilter }, options: ScopeOptions) => {
      const issuer = issuerFilter(options);
      return printList(options, (request) => listScopes(admin, { issuer }, request), {
        headings: ['issuer', 'name', 'description'],
        row: ({ issuer, name, description }) => [issuer, name, description],
        json: describe,
      });
    },
  );
}

function addShow(command: Command): void {
  administer(
    withIssuer(command.command('show <name>'))
      .description('show one scope and its words in every language')
      .addHelpText('after', examples('tessera scope show invoices.read --issuer standard')),
    async ({ admin, issuerOf }, options: ScopeOptions, name = '') =>
      show(await findScope(admin, issuerOf(options).name, name), options.output),
  );
}

function addCreate(command: Command): void {
  administer(
    withWords(withIssuer(command.command('create <name>')))
      .description('register a scope')
      .addHelpText(
        'after',
        examples(
          'tessera scope create invoices.read --issuer standard -d "Read invoices"',
          'tessera scope create invoices.read -d "Read invoices" --description-for de="Rechnungen lesen"',
        ),
      ),
    async ({ admin, issuerOf }, options: ScopeOptions, name = '') => {
      const issuer = issuerOf(options).name;
      const scope = await addScope(admin, issuer, { name, ...wordsOf(options) });
      print(options.output, describe(scope), `created ${name} at ${issuer}`);
    },
  );
}

function addUpdate(command: Command): void {
  administer(
    withWords(withIssuer(command.command('update <name>')))
      .description('change how users are asked; an empty text takes a language away')
      .addHelpText(
        'after',
        examples(
          'tessera scope update invoices.read --issuer standard -d "See invoices"',
          'tessera scope update invoices.read --description-for de="Rechnungen ansehen" --description-for fr=',
        ),
      ),
    async ({ admin, issuerOf }, options: ScopeOptions, name = '') => {
      const issuer = issuerOf(options).name;
      const scope = await changeScope(admin, issuer, name, wordsOf(options));
      show(scope, options.output);
    },
  );
}

function addDelete(command: Command): void {
  deleting(
    withIssuer(command.command('delete <name>'))
      .description('remove a scope; clients that were given it keep it until they are updated')
      .addHelpText('after', examples('tessera scope delete invoices.read --issuer standard')),
    'scope.delete',
    ({ admin, issuerOf }, options, name) => {
      const issuer = issuerOf(options).name;
      return {
        what: `the scope ${name} of ${issuer}`,
        issuer,
        target: name,
        named: { issuer, name },
        remove: () => removeScope(admin, issuer, name),
      };
    },
  );
}
