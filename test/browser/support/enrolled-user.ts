// Users with a second factor, and the authenticator apps that hold their secrets (RFC 6238).

import { Secret, TOTP } from 'otpauth';
import { generateTotpSecret, totpSecretText } from '../../../packages/server/src/credentials/totp.ts';
import { replaceRecoveryCodes } from '../../../packages/server/src/store/tables/recovery-codes.ts';
import { setTotp } from '../../../packages/server/src/store/tables/totp.ts';
import type { TestServer } from '../../support/server.ts';
import { createTestUser } from '../../support/user-agent.ts';

/** The code now, or that of some periods later. */
export type Authenticator = (later?: number) => string;

const period = 30_000;

/** `secret` in base32, as the page shows it. */
export function authenticator(secret: string): Authenticator {
  const totp = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) });
  return (later = 0) => totp.generate({ timestamp: Date.now() + later * period });
}

/** Somebody who has turned it on, without the way through the pages. */
export async function createEnrolledUser(server: TestServer) {
  const { login, admin } = server.instance;
  const user = await createTestUser(server);
  const secret = generateTotpSecret();
  const sealed = login.totpSecrets.seal(secret, user.id);
  await setTotp(admin.db, user.id, sealed, 0, Date.now());
  const { codes, hashes } = login.recoveryCodes.generate();
  await replaceRecoveryCodes(admin.db, user.id, hashes, Date.now());
  return { user, app: authenticator(totpSecretText(secret)), recovery: codes };
}
