// In which words a user is asked: those of a scope for the page's language, else its description (OpenID Connect Core §5.2).

import { afterAll, beforeAll, expect, test } from 'vitest';
import { addScope, changeScope } from '../../packages/server/src/admin/scopes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, headingOf, UserAgent } from '../support/user-agent.ts';
import { type App, createApp } from './app.ts';

let server: TestServer;
let app: App;

beforeAll(async () => {
  server = await startTestServer();
  const words = { description: 'See your invoices', descriptions: { de: 'Ihre Rechnungen <b>sehen</b>' } };
  await addScope(server.instance.admin, 'standard', { name: 'read', ...words });
  app = await createApp(server, 'standard');
});
afterAll(() => server.close());

const germanWords = 'Ihre Rechnungen &lt;b&gt;sehen&lt;/b&gt;';

/** The consent page for a browser of that language, and then the account page once it is allowed. */
async function pagesIn(
  language: string,
  scope = 'read offline_access',
): Promise<[consent: string, account: string]> {
  const agent = new UserAgent({ 'accept-language': language });
  const user = await createTestUser(server);
  const consent = await agent.signIn(await agent.get(app.url({ scope })), user);
  expect(headingOf(consent)).not.toBe('');
  await agent.decide(consent, 'allow');
  const account = await agent.get(`${server.origin}/account`);
  return [consent.text, account.text];
}

test.each([
  ['de-AT, en;q=0.5', germanWords, 'See your invoices'],
  ['en', 'See your invoices', germanWords],
  ['fr', 'See your invoices', germanWords],
])('for %s', async (language, shown, other) => {
  for (const page of await pagesIn(language)) {
    expect(page).toContain(shown);
    expect(page).not.toContain(other);
  }
});

test('a language that is taken away falls back to the description', async () => {
  const { admin } = server.instance;
  const words = { description: 'Change your invoices', descriptions: { de: 'Ändern' } };
  await changeScope(admin, 'standard', 'write', words);
  for (const page of await pagesIn('de', 'write offline_access')) expect(page).toContain('Ändern');
  await changeScope(admin, 'standard', 'write', { descriptions: { de: '' } });
  for (const page of await pagesIn('de', 'write offline_access'))
    expect(page).toContain('Change your invoices');
});
