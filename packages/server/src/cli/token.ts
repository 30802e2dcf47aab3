// tessera token: inspect decodes a token and checks it against the local keys; revoke ends it; list has what was revoked.

import { Command } from 'commander';
import {
  inspectToken,
  listRevokedTokens,
  type RevokedToken,
  revokeToken,
  revokeTokenById,
} from '../admin/tokens.ts';
import { UsageError } from '../model.ts';
import { administer, type PagingOptions, printList, withPaging } from './administer.ts';
import { type CommonOptions, examples, withCommon, withIssuer } from './common.ts';
import { fields, print, time } from './output.ts';
import { readToken } from './secret-input.ts';

interface RevokeOptions extends CommonOptions {
  readonly issuer?: string;
  readonly jti?: string;
}

/** A token as people paste it: alone, or with what stands before it in a header (RFC 6750 §2.1). */
async function tokenOf(typed: string | undefined): Promise<string> {
  const text = typed === undefined || typed === '-' ? await readToken() : typed;
  return text.trim().replace(/^(authorization:\s*)?bearer\s+/i, '');
}

export function tokenCommand(): Command {
  const command = new Command('token').description('access tokens');
  addInspect(command);
  addRevoke(command);
  addList(command);
  return command;
}

function addInspect(command: Command): void {
  administer(
    withCommon(command.command('inspect [jwt]'))
      .description(
        'decode a token and verify it against the local keys; without it, from standard input, where no other user sees it',
      )
      .addHelpText(
        'after',
        `\nExit code 1: the token is not good.\n${examples(
          'pbpaste | tessera token inspect',
          'pbpaste | tessera token inspect --output json',
          'tessera token inspect eyJhbGciOi…',
        )}`,
      ),
    async ({ admin }, { output }, jwt) => {
      const inspected = await inspectToken(admin, await tokenOf(jwt));
      const { header, claims, ...verdict } = inspected;
      const json = [header, claims].map((part) => JSON.stringify(part, withTime, 2)).join('\n');
      print(output, inspected, `${fields(verdict)}\n\n${json}`);
      if (!inspected.valid) process.exitCode = 1;
    },
  );
}

/** The claims that are times (RFC 7519 §4.1, OpenID Connect Core 1.0 §2), and what dialects call them. */
const times = /^(iat|exp|nbf|auth_time|updated_at|issued_at|expires_at)$/;

const withTime = (name: string, value: unknown): unknown =>
  times.test(name) && typeof value === 'number' && Math.abs(value) < 8.64e12
    ? `${value} (${time(value * 1000)})`
    : value;

function addRevoke(command: Command): void {
  administer(
    withIssuer(command.command('revoke [jwt]'))
      .description('put a token on the deny-list; without it, from standard input')
      .option('--jti <jti>', 'its jti, in place of the token, at --issuer')
      .addHelpText(
        'after',
        examples('pbpaste | tessera token revoke', 'tessera token revoke --issuer standard --jti 5d0c8f1e-…'),
      ),
    async ({ admin, issuerOf }, { jti, issuer, output }: RevokeOptions, jwt) => {
      if (jti !== undefined && jwt !== undefined)
        throw new UsageError('--jti: expected either a token or its jti');
      const revoked =
        jti === undefined
          ? await revokeToken(admin, await tokenOf(jwt), issuer)
          : await revokeTokenById(admin, issuerOf({ issuer }).name, jti);
      print(output, describe(revoked), `revoked ${revoked.jti} at ${revoked.issuer}`);
    },
  );
}

const describe = ({ issuer, jti, expires_at }: RevokedToken) => ({
  issuer,
  jti,
  expires_at: time(expires_at),
});

function addList(command: Command): void {
  administer(
    withPaging(withCommon(command.command('list')))
      .option('-i, --issuer <name>', 'of one issuer (default: of all)')
      .description('list the tokens and grants that were revoked and have not expired; no others are stored')
      .addHelpText(
        'after',
        examples('tessera token list', 'tessera token list --issuer standard --limit 100'),
      ),
    ({ admin, issuerFilter }, options: CommonOptions & PagingOptions & { readonly issuer?: string }) =>
      printList(options, (request) => listRevokedTokens(admin, { issuer: issuerFilter(options) }, request), {
        headings: ['issuer', 'jti', 'until'],
        row: ({ issuer, jti, expires_at }) => [issuer, jti, time(expires_at)],
        json: describe,
      }),
  );
}
