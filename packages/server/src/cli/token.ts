// tessera token inspect: decodes a token and checks it against the local keys.

import { text } from 'node:stream/consumers';
import { readClaims, verifySignature } from '@tessera-oauth/core';
import { Command } from 'commander';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Instance } from '../instance/instance.ts';
import type { ServedIssuer } from '../model.ts';
import { UsageError } from '../model.ts';
import { type CommonOptions, examples, fields, print, withCommon, withInstance } from './common.ts';

export function tokenCommand(): Command {
  const command = new Command('token').description('access tokens');
  withCommon(command.command('inspect <jwt>'))
    .description('decode a token and verify it against the local keys; “-” reads it from standard input')
    .addHelpText(
      'after',
      examples('tessera token inspect eyJhbGciOi…', 'pbpaste | tessera token inspect - --output json'),
    )
    .action((jwt: string, options: CommonOptions) =>
      withInstance(options, async (instance, issuers) => {
        const token = jwt === '-' ? (await text(process.stdin)).trim() : jwt;
        const inspected = { ...(await judge(token, instance, issuers)), ...decode(token) };
        const { header, claims, ...verdict } = inspected;
        print(
          options.output,
          inspected,
          `${fields(verdict)}\n\n${JSON.stringify(header, null, 2)}\n${JSON.stringify(claims, null, 2)}`,
        );
        if (!inspected.valid) process.exitCode = 1;
      }),
    );
  return command;
}

function decode(token: string) {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw new UsageError('the argument is not a JWT (three parts of base64url with dots between)');
  }
}

async function judge(token: string, { keyring, store }: Instance, issuers: readonly ServedIssuer[]) {
  for (const issuer of issuers) {
    const payload = await verifySignature(token, keyring.verificationKeys(issuer.name));
    if (payload === undefined) continue;
    const claims = readClaims(payload, issuer.dialect);
    const expired = claims === undefined || claims.expires_at * 1000 <= Date.now();
    const revoked = claims !== undefined && store.isTokenRevoked(issuer.name, claims.jti);
    const reason = revoked ? 'revoked' : expired ? 'expired' : 'signature and time are good';
    return { valid: !expired && !revoked, reason, issuer: issuer.name };
  }
  return { valid: false, reason: 'no local key made this signature' };
}
