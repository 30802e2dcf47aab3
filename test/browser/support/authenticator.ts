// A virtual authenticator: it keeps passkeys, and answers for its person at once. It serves one page, across
// navigations, until that is closed.

import type { Page } from 'playwright-core';

export async function addAuthenticator(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  return {
    /** The passkeys it keeps. */
    credentials: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    /** Whether the person passes when asked for a PIN or a finger; at first they do. */
    verifyUser: (passes: boolean) =>
      session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: passes }),
  };
}
