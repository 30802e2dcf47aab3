// A user who is signed in at an app, for the tests of signing out (OpenID Connect RP-Initiated Logout 1.0).

import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { type App, createApp, type TokenAnswer } from '../authorization/app.ts';
import { issuerOf } from '../support/endpoints.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, headingOf, type Page, type TestUser, UserAgent } from '../support/user-agent.ts';

export const bye = 'https://app.example/bye';
export const uris = { post_logout_redirect_uris: [bye, `${bye}?lang=en`] };

export interface SignedIn {
  readonly server: TestServer;
  readonly app: App;
  readonly user: TestUser;
  /** Anew for each test, as are the tokens. */
  readonly agent: UserAgent;
  readonly id_token: string;
  readonly refresh_token: string;
  /** Signs somebody in at an app; gives the app's tokens. */
  signInAt(where: App, browser: UserAgent, who?: TestUser): Promise<TokenAnswer>;
  /** A request to sign out. */
  endSession(parameters?: Record<string, string>, issuer?: string): string;
  isSignedIn(browser?: UserAgent): Promise<boolean>;
  /** A page that says so or asks anew, and leads nowhere else; the user is as signed in as before. */
  expectNothing(page: Page): Promise<void>;
}

/** One server and user for a test file; a browser and its tokens for each test. */
export function signedIn(): SignedIn {
  const here = {
    signInAt: async (where, browser, who = here.user) =>
      where.redeem(await where.code(browser, who, { scope: 'openid read offline_access' })),
    endSession(parameters = {}, name = 'standard') {
      const { issuer, dialect } = issuerOf(here.server, name);
      return `${issuer}${dialect.paths.end_session}?${new URLSearchParams(parameters)}`;
    },
    async isSignedIn(browser = here.agent) {
      const { status, location } = await browser.get(`${here.server.origin}/account`);
      if (status !== 200) expect(location).toBe(`${here.server.origin}/account/sign-in`);
      return status === 200;
    },
    async expectNothing(page) {
      const shown = await here.agent.follow(page);
      expect(shown.location).toBeUndefined();
      expect(['This did not work', 'Sign out?', 'Your account']).toContain(headingOf(shown));
      expect(await here.isSignedIn()).toBe(true);
    },
  } as SignedIn;
  beforeAll(async () => {
    const server = await startTestServer();
    const [app, user] = [await createApp(server, 'standard', uris), await createTestUser(server)];
    Object.assign(here, { server, app, user });
  });
  beforeEach(async () => {
    const agent = new UserAgent();
    const { id_token, refresh_token } = await here.signInAt(here.app, agent);
    Object.assign(here, { agent, id_token, refresh_token });
  });
  afterAll(() => here.server.close());
  return here;
}
