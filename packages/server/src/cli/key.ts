// tessera key: list, rotate, revoke.

import { type SigningAlgorithm, signingAlgorithms } from '@tessera-oauth/core';
import { Command, Option } from 'commander';
import { type KeyListing, keyAlgs, listKeys, revokeSigningKey, rotateKey } from '../admin/keys.ts';
import { UsageError } from '../model.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, withIssuer } from './common.ts';
import { examples, present, print, table, time } from './output.ts';

interface KeyOptions extends CommonOptions, PagingOptions {
  readonly issuer?: string;
  readonly now?: true;
  readonly alg?: SigningAlgorithm;
}

const describe = (key: KeyListing) =>
  present({
    issuer: key.issuer,
    kid: key.kid,
    alg: key.alg,
    state: key.state,
    published_at: time(key.published_at),
    activates_at: time(key.activates_at),
    retires_at: time(key.retires_at),
    expires_at: time(key.expires_at),
  });

const headings = ['issuer', 'kid', 'alg', 'state', 'activates', 'retires'];

const row = ({ issuer, kid, alg, state, activates_at, retires_at }: KeyListing) => [
  issuer,
  kid,
  alg,
  state,
  time(activates_at),
  time(retires_at),
];

/** Where tokens name no key, a verifier that keeps the key set cannot tell an old one from a new one. */
const withoutKid =
  '\n\nThe tokens of this issuer name no key (kid), so the key set has the new one alone: APIs that keep the old set refuse\n' +
  'new tokens until they fetch it again, and those that have the new one refuse tokens from before. Introspection takes both.';

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
    ({ admin, issuerFilter }, options: KeyOptions) => {
      const issuer = issuerFilter(options);
      return printList(options, (request) => listKeys(admin, { issuer }, request), {
        headings,
        row,
        json: describe,
      });
    },
  );
}

function addRotate(command: Command): void {
  administer(
    withIssuer(command.command('rotate'))
      .description('publish new keys, which sign once every verifier can know them')
      .addOption(
        new Option(
          '--alg <name>',
          'only the key of this algorithm (default: all that the issuer has)',
        ).choices(signingAlgorithms),
      )
      .option(
        '--now',
        'sign with them at once: for an emergency; verifiers that keep old key sets fail for some minutes',
      )
      .addHelpText(
        'after',
        examples(
          'tessera key rotate --issuer standard',
          'tessera key rotate --issuer standard --now',
          'tessera key rotate --issuer standard --alg RS256',
        ),
      ),
    async ({ admin, issuerOf }, options: KeyOptions) => {
      const issuer = issuerOf(options);
      const algs = keyAlgs(issuer).filter((alg) => options.alg === undefined || alg === options.alg);
      if (algs.length === 0)
        throw new UsageError(
          `--alg: got "${options.alg}", expected one of ${keyAlgs(issuer).join(', ')} for issuer ${issuer.name}`,
        );
      const keys: KeyListing[] = [];
      for (const alg of algs) keys.push(await rotateKey(admin, issuer, options.now === true, alg));
      const note = issuer.dialect.access_token.header.kid ? '' : withoutKid;
      print(options.output, keys.map(describe), table(headings, keys.map(row)) + note);
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
    async ({ admin, issuerOf }, options: KeyOptions, kid = '') => {
      const issuer = issuerOf(options).name;
      print(options.output, describe(await revokeSigningKey(admin, issuer, kid)), `revoked ${kid}`);
    },
  );
}
