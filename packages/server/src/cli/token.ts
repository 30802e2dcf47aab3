// tessera token: inspect decodes a token and checks it against the local keys; revoke ends it; list has what was revoked.

import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { inspectToken, listRevokedTokens, revokeToken, revokeTokenById } from '../admin/tokens.ts';
import { UsageError } from '../model.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
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
  addList(command);
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
          ? await revokeToken(admin, await read(jwt ?? ''), issuer)
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

function addList(command: Command): void {
  administer(
    withPaging(withCommon(command.command('list')))
      .option('-i, --issuer <name>', 'of one issuer (default: of all)')
      .description('list the tokens and grants that were revoked and have not expired; no others are stored')
      .addHelpText(
        'after',
        examples('tessera token list', 'tessera token list --issuer standard --limit 100'),
      ),
    ({ admin, issuers }, { issuer, ...options }: CommonOptions & PagingOptions & { issuer?: string }) => {
      const filter = { issuer: issuer === undefined ? undefined : chooseIssuer(issuers, issuer).name };
      return printList(options, (request) => listRevokedTokens(admin, filter, request), {
        headings: ['issuer', 'jti', 'until'],
        row: (token) => [token.issuer, token.jti, time(token.expires_at)],
        json: (token) => ({ ...token, expires_at: time(token.expires_at) }),
      });
    },
  );
}
