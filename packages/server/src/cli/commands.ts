// What commands there are: for a help and a mistake that load none of them. Written down once more; a test holds the two
// together.

import { Command } from 'commander';

const known: Readonly<Record<string, string>> = {
  'quickstart [options]': 'start a server with three issuers and a demo client each; nothing to configure',
  'start [options]': 'start the server',
  config: 'the configuration',
  dialect: 'how clients spell OAuth: what comes with Tessera, and your own',
  issuer: 'identities that sign tokens, each with its dialect, clients and keys',
  client: 'integrations: who may get tokens, and for what',
  scope: 'what clients may be allowed to ask for',
  user: 'people who sign in here',
  grant: 'what users allowed clients, with the tokens of it',
  session: 'browsers in which a user has signed in',
  key: 'signing keys and their rotation',
  'master-key': 'the key that all else is sealed and hashed with',
  token: 'access tokens',
  usage: 'how many access tokens were issued',
  audit: 'the record of what administrators changed',
  'migrate [options]': 'bring the database up to date, or make it (the server does so when it starts)',
  'mock [options]': 'start an authorization server for tests, which gives any client what it asks for',
  'completion <shell>': 'print a script that completes commands and options in a shell',
  'version [options]': 'print the version',
};

/** All commands by name and description, in the order of the help; none of them can do anything. */
export const commandNames = (): Command[] =>
  Object.entries(known).map(([term, description]) => {
    const [name = '', ...takes] = term.split(' ');
    const command = new Command(name).description(description);
    for (const each of takes) command.argument(each);
    return command;
  });
