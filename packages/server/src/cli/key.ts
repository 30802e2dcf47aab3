// tessera key: list, rotate.

import { Command } from 'commander';
import { keyState, publicationLead } from '../keys/key-state.ts';
import { type StoredKey, UsageError } from '../model.ts';
import { revokeKey } from '../store/tables/signing-keys.ts';
import {
  type CommonOptions,
  chooseIssuer,
  examples,
  fields,
  isoTime,
  print,
  table,
  time,
  withInstance,
  withIssuer,
} from './common.ts';

interface KeyOptions extends CommonOptions {
  readonly issuer?: string;
  readonly now?: boolean;
}

const describe = (key: StoredKey, now: number) => ({
  issuer: key.issuer,
  kid: key.kid,
  alg: key.alg,
  state: keyState(key, now),
  published_at: time(key.published_at),
  activates_at: time(key.activates_at),
  retires_at: isoTime(key.retires_at),
  expires_at: isoTime(key.expires_at),
});

export function keyCommand(): Command {
  const command = new Command('key').description('signing keys and their rotation');
  withIssuer(command.command('list'))
    .description('list the signing keys and their states')
    .addHelpText('after', examples('tessera key list', 'tessera key list --issuer trelica --output json'))
    .action((options: KeyOptions) =>
      withInstance(options, async ({ store }, issuers) => {
        const only = options.issuer === undefined ? undefined : chooseIssuer(issuers, options.issuer).name;
        const stored = (await store.listKeys()).filter(({ issuer }) => only === undefined || issuer === only);
        const keys = stored.map((key) => describe(key, Date.now()));
        const rows = keys.map(({ issuer, kid, alg, state, activates_at, retires_at }) => [
          issuer,
          kid,
          alg,
          state,
          activates_at,
          retires_at ?? '-',
        ]);
        print(options.output, keys, table(['issuer', 'kid', 'alg', 'state', 'activates', 'retires'], rows));
      }),
    );
  withIssuer(command.command('rotate'))
    .description('publish a new key, which signs once every verifier can know it')
    .option(
      '--now',
      'sign with it at once: for an emergency; verifiers that keep old key sets fail for some minutes',
    )
    .addHelpText(
      'after',
      examples('tessera key rotate --issuer standard', 'tessera key rotate --issuer standard --now'),
    )
    .action((options: KeyOptions) =>
      withInstance(options, async ({ keyring }, issuers) => {
        const issuer = chooseIssuer(issuers, options.issuer);
        const now = Date.now();
        const key = await keyring.rotate(issuer, options.now ? now : now + publicationLead);
        if (key === undefined)
          throw new UsageError(`issuer ${issuer.name}: somebody else has just rotated its key`);
        const shown = describe(key, Date.now());
        print(
          options.output,
          shown,
          fields({ ...shown, retires_at: shown.retires_at ?? '-', expires_at: shown.expires_at ?? '-' }),
        );
      }),
    );
  withIssuer(command.command('revoke <kid>'))
    .description(
      'distrust a key that does not sign: its tokens are inactive, and it leaves the key set, at once',
    )
    .addHelpText('after', examples('tessera key revoke 8U6vurDf… --issuer standard'))
    .action((kid: string, options: KeyOptions) =>
      withInstance(options, async ({ store }, issuers) => {
        const issuer = chooseIssuer(issuers, options.issuer).name;
        if (!(await revokeKey(store.db, issuer, kid, Date.now()))) {
          throw new UsageError(
            `key ${kid}: is none of ${issuer}, or signs: first run tessera key rotate --now`,
          );
        }
        print(options.output, { issuer, kid, revoked: true }, `revoked ${kid}`);
      }),
    );
  return command;
}
