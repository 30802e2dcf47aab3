// A user turns on the second factor, through the pages, with an authenticator app.

import { Secret, TOTP } from 'otpauth';
import { formOf, type Page, type UserAgent } from '../../support/user-agent.ts';

export interface SecondFactor {
  /** In base32. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

const codesOn = ({ text }: Page): string[] =>
  [...text.matchAll(/<code[^>]*>([^<]+)<\/code>/g)].map(([, code]) => (code ?? '').replaceAll(' ', ''));

export async function turnOnSecondFactor(agent: UserAgent, origin: string): Promise<SecondFactor> {
  const setup = await agent.submit(formOf(await agent.get(`${origin}/account`), '/totp/start'));
  const [secret = ''] = codesOn(setup);
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  const shown = await agent.submit(formOf(setup, '/totp/confirm'), { code });
  const recoveryCodes = codesOn(shown);
  if (recoveryCodes.length !== 10) throw new Error(`no recovery codes: ${shown.status} ${shown.text}`);
  return { secret, recoveryCodes };
}
