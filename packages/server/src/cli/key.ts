// tessera key: list, rotate, revoke.

import { Command } from 'commander';
import { type KeyListing, listKeys, revokeSigningKey, rotateKey } from '../admin/keys.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import {
  type CommonOptions,
  chooseIssuer,
  examples,
  fields,
  isoTime,
  print,
  time,
  withIssuer,
} from './common.ts';

interface KeyOptions extends CommonOptions, PagingOptions {
  readonly issuer?: string;
  readonly now?: true;
}

const describe = (key: KeyListing) => ({
  issuer: key.issuer,
  kid: key.kid,
  alg: key.alg,
  state: key.state,
  published_at: time(key.published_at),
  activates_at: time(key.activates_at),
  retires_at: isoTime(key.retires_at),
  expires_at: isoTime(key.expires_at),
});

export function keyCommand(): Command {
  const command = new Command('key').description('signing keys and their rotation');
  addList(command);
  addRotate(command);
  addRevoke(command);
  return command;
}

function addList(command: Command): void {
  administer(
    withPaging(withIssuer(command.command('list')))
      .description('list the signing keys and their states, the newest first')
      .addHelpText('after', examples('tessera key list', 'tessera key list --issuer trelica --output json')),
    ({ admin, issuers }, options: KeyOptions) => {
      const issuer = options.issuer === undefined ? undefined : chooseIssuer(issuers, options.issuer).name;
      return printList(options, (request) => listKeys(admin, { issuer }, request), {
        headings: ['issuer', 'kid', 'alg', 'state', 'activates', 'retires'],
        row: ({ issuer, kid, alg, state, activates_at, retires_at }) => [
          issuer,
          kid,
          alg,
          state,
          time(activates_at),
          time(retires_at),
        ],
        json: describe,
      });
    },
  );
}

function addRotate(command: Command): void {
  administer(
    withIssuer(command.command('rotate'))
      .description('publish a new key, which signs once every verifier can know it')
      .option(
        '--now',
        'sign with it at once: for an emergency; verifiers that keep old key sets fail for some minutes',
      )
      .addHelpText(
        'after',
        examples('tessera key rotate --issuer standard', 'tessera key rotate --issuer standard --now'),
      ),
    async ({ admin, issuers }, options: KeyOptions) => {
      const issuer = chooseIssuer(issuers, options.issuer);
      const shown = describe(await rotateKey(admin, issuer, options.now === true));
      print(options.output, shown, fields(shown));
    },
  );
}

function addRevoke(command: Command): void {
  administer(
    withIssuer(command.command('revoke <kid>'))
      .description(
        'distrust a key that does not sign: its tokens are inactive, and it leaves the key set, at once',
      )
      .addHelpText('after', examples('tessera key revoke 8U6vurDf… --issuer standard')),
    async ({ admin, issuers }, options: KeyOptions, kid = '') => {
      const issuer = chooseIssuer(issuers, options.issuer).name;
      await revokeSigningKey(admin, issuer, kid);
      print(options.output, { issuer, kid, revoked: true }, `revoked ${kid}`);
    },
  );
}
