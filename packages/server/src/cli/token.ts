// tessera token: inspect decodes a token and checks it against the local keys; revoke ends it.

import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { inspectToken, revokeToken, revokeTokenById } from '../admin/tokens.ts';
import { UsageError } from '../model.ts';
import { administer } from './administer.ts';
import {
  type CommonOptions,
  chooseIssuer,
  examples,
  fields,
  print,
  time,
  withCommon,
  withIssuer,
} from './common.ts';

interface RevokeOptions extends CommonOptions {
  readonly issuer?: string;
  readonly jti?: string;
}

const read = async (jwt: string): Promise<string> => (jwt === '-' ? (await text(process.stdin)).trim() : jwt);

export function tokenCommand(): Command {
  const command = new Command('token').description('access tokens');
  addInspect(command);
  addRevoke(command);
  return command;
}

function addInspect(command: Command): void {
  administer(
    withCommon(command.command('inspect <jwt>'))
      .description('decode a token and verify it against the local keys; “-” reads it from standard input')
      .addHelpText(
        'after',
        examples('tessera token inspect eyJhbGciOi…', 'pbpaste | tessera token inspect - --output json'),
      ),
    async ({ admin }, { output }, jwt = '') => {
      const inspected = await inspectToken(admin, await read(jwt));
      const { header, claims, ...verdict } = inspected;
      const json = [header, claims].map((part) => JSON.stringify(part, null, 2)).join('\n');
      print(output, inspected, `${fields(verdict)}\n\n${json}`);
      if (!inspected.valid) process.exitCode = 1;
    },
  );
}

function addRevoke(command: Command): void {
  administer(
    withIssuer(command.command('revoke [jwt]'))
      .description('put a token on the deny-list; “-” reads it from standard input')
      .option('--jti <jti>', 'its jti, in place of the token, at --issuer')
      .addHelpText(
        'after',
        examples(
          'pbpaste | tessera token revoke -',
          'tessera token revoke --issuer standard --jti 5d0c8f1e-…',
        ),
      ),
    async ({ admin, issuers }, { jti, issuer, output }: RevokeOptions, jwt) => {
      if ((jti === undefined) === (jwt === undefined))
        throw new UsageError('--jti: expected either a token or its jti');
      const revoked =
        jti === undefined
          ? await revokeToken(admin, await read(jwt ?? ''))
          : await revokeTokenById(admin, chooseIssuer(issuers, issuer).name, jti);
      const { expires_at, ...token } = revoked;
      print(
        output,
        { ...token, expires_at: time(expires_at), revoked: true },
        `revoked ${revoked.jti} at ${revoked.issuer}`,
      );
    },
  );
}
