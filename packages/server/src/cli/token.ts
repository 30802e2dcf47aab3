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
import { type CommonOptions, withCommon, withIssuer } from './common.ts';
import { examples, fields, print, time } from './output.ts';
import { readToken } from './secret-input.ts';

interface RevokeOptions extends CommonOptions {
  readonly issuer?: string;
  readonly jti?: string;
}

/** A token as people paste it: alone, or with what stands before it in a header (RFC 6750 §2.1). */
async function tokenOf(typed: string | undefined): Promise<string> {
  const piped = typed === undefined || typed === '-';
  const text = (piped ? await readToken() : typed).trim().replace(/^(authorization:\s*)?bearer\s+/i, '');
  if (text === '')
    throw new UsageError(
      piped
        ? 'token: got nothing on standard input, expected a JWT there, or as an argument'
        : 'token: got "", expected a JWT',
    );
  return text;
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
      const json = [header, claims].map((part) => withTimes(JSON.stringify(part, null, 2))).join('\n');
      print(output, inspected, `${fields(verdict)}\n\n${json}`);
      if (!inspected.valid) process.exitCode = 1;
    },
  );
}

/** The claims that are times (RFC 7519 §4.1, OpenID Connect Core 1.0 §2), and what dialects call them. */
const times = /^( +"(?:iat|exp|nbf|auth_time|updated_at|issued_at|expires_at)": (\d{1,12}),?)$/gm;

/** Beside each of them the moment that it is. */
const withTimes = (json: string): string =>
  json.replace(times, (_, line, seconds) => `${line}  (${time(Number(seconds) * 1000)})`);

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
      if (jti === undefined) {
        const revoked = await revokeToken(admin, refuseId(await tokenOf(jwt)), issuer);
        return print(output, describe(revoked), `revoked ${revoked.jti} at ${revoked.issuer}`);
      }
      const listed = await revokeTokenById(admin, issuerOf({ issuer }).name, jti);
      print(output, describe(listed), entered(listed));
    },
  );
}

/** What has no dots is rather the id of a token; it may be a secret all the same, and is not repeated. */
function refuseId(token: string): string {
  if (token.includes('.')) return token;
  throw new UsageError(
    'token: got what is not a JWT, expected the token itself; where you have its jti alone: ' +
      'tessera token revoke --jti JTI --issuer NAME',
  );
}

/** Access tokens are not stored: nobody can say whether there is one. */
const entered = ({ issuer, jti, expires_at }: RevokedToken): string =>
  `${jti} is on the deny-list of ${issuer} until ${time(expires_at)}: no token is stored here, so check that one has this jti`;

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
        headings: ['issuer', 'jti, or id of a grant', 'until'],
        row: ({ issuer, jti, expires_at }) => [issuer, jti, time(expires_at)],
        json: describe,
      }),
  );
}
