// Credential leakage by Referer (RFC 9700 §4.2): what stands in the address of a page, `state` for one, is not told to
// what the page shows or leads to; and no page of ours holds a code.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type App, createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { createTestUser, formOf, type Page, type TestUser, UserAgent } from '../support/user-agent.ts';

const state = 'secret-state';
const logo_uri = 'https://evil.example/logo.png';

let server: TestServer;
let ann: TestUser;
/** The attacker's: it has the victim load an image of his. */
let app: App;
let victim: UserAgent;
beforeAll(async () => {
  const [standard, ...others] = threeIssuers;
  const theme = { name: 'Example', logo_uri: 'https://cdn.example/logo.png' };
  server = await startTestServer({ issuers: [{ ...standard, theme }, ...others] });
  ann = await createTestUser(server);
});
beforeEach(async () => {
  victim = new UserAgent();
  app = await createApp(server, 'standard', { logo_uri });
  await victim.signIn(await victim.get(`${server.origin}/account/sign-in`), ann);
});
afterAll(() => server.close());

/** An element of a page that has the browser ask another site, or that leads there. */
const outbound = ({ text }: Page): readonly string[] =>
  [...text.matchAll(/<(?:img|a|link|script)\s[^>]*(?:src|href)="https:[^>]*>/g)].map(([tag]) => tag);

/** Policies under which another site learns nothing. */
const quiet = /^(no-referrer|same-origin)$/;

/** What a browser tells another site of where it was (Referrer Policy §8), one of before 2020, which tells all. */
function refererOf(page: Page, tag = ''): string | undefined {
  const header = page.headers.get('referrer-policy');
  const meta = /<meta name="referrer" content="([^"]*)">/.exec(page.text)?.[1];
  const own = /referrerpolicy="([^"]*)"/.exec(tag)?.[1];
  const policy = own ?? meta ?? header ?? 'no-referrer-when-downgrade';
  return quiet.test(policy) ? undefined : page.url;
}

const pages: Record<string, () => Promise<Page>> = {
  'sign-in': () => new UserAgent().get(app.url({ state })),
  'choice of an account': () => victim.get(app.url({ state, prompt: 'select_account' })),
  consent: () => victim.get(app.url({ state, prompt: 'consent' })),
  'an error': () => victim.get(app.url({ state, redirect_uri: 'https://evil.example/' })),
};

describe.each(Object.entries(pages))('the page of %s', (_name, open) => {
  // The checks: `Referrer-Policy` in `always`, the meta of `page`, the attributes of images and links.
  test('tells nobody where the browser was', async () => {
    const page = await open();
    expect(page.url).toContain(state);
    // The logo of the issuer at least.
    expect(outbound(page).length).toBeGreaterThan(0);
    for (const tag of outbound(page)) {
      expect(refererOf(page, tag), tag).toBeUndefined();
      expect(tag).toContain('referrerpolicy="no-referrer"');
    }
    expect(refererOf(page)).toBeUndefined();
    expect(page.headers.get('referrer-policy') ?? '').toMatch(quiet);
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  // The check: the policy of `pageResponse` (RFC 9700 §4.2.4: "third-party resources").
  test('has no script or frame of another site', async () => {
    const page = await open();
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'self'; script-src 'self'; img-src /,
    );
    expect(outbound(page).filter((tag) => !tag.startsWith('<img '))).toEqual([]);
  });
});

test('the consent page has the app’s image, which is asked for without a word', async () => {
  const page = await victim.get(app.url({ state, prompt: 'consent' }));
  const tag = outbound(page).find((each) => each.includes(logo_uri)) ?? '';
  expect(tag).toMatch(/./);
  expect(refererOf(page, tag)).toBeUndefined();
});

// The check: the headers of `respond`. A browser takes the policy of a redirect for the request after it.
test('the redirect to the app tells it nothing of the request', async () => {
  const page = await victim.decide(await victim.get(app.url({ state })), 'allow');
  expect(page.location).toMatch(/code=/);
  expect(page.headers.get('referrer-policy') ?? '').toMatch(quiet);
  expect(page.headers.get('cache-control')).toBe('no-store');
});

// The check: `redirect` says so too.
test('the redirect after a sign-in tells nothing either', async () => {
  const agent = new UserAgent();
  const form = formOf(await agent.get(app.url({ state })), '/account/sign-in');
  const page = await agent.submit(form, { login: ann.login, password: ann.password });
  expect(page.location).toContain(state);
  expect(page.headers.get('referrer-policy') ?? '').toMatch(quiet);
});

// The check: what that page shows. It is the one page of ours with a code in it.
test('the page that posts the code to the app tells nobody else', async () => {
  await app.code(victim, ann);
  const page = await victim.get(app.url({ state, response_mode: 'form_post' }));
  expect(formOf(page).fields.code).toMatch(/./);
  expect(page.text).not.toContain(logo_uri);
  expect(outbound(page).filter((tag) => refererOf(page, tag) !== undefined)).toEqual([]);
  expect(page.url).not.toContain(formOf(page).fields.code);
  expect(page.headers.get('cache-control')).toBe('no-store');
});

// The check: a page that answers to a request shows nothing of what the request brought.
test('a page that a code is sent to by mistake does not show it', async () => {
  const code = await app.code(victim, ann);
  const query = new URLSearchParams({ code, state });
  for (const path of [
    '/oauth2/authorize',
    '/account',
    '/account/sign-in',
    '/account/signed-out',
    '/oauth2/logout',
  ])
    expect((await victim.get(`${server.origin}${path}?${query}`)).text).not.toContain(code);
  expect(JSON.stringify(server.log)).not.toContain(code);
  expect(await app.redeem(code)).toMatchObject({ status: 200 });
  expect(JSON.stringify(server.log)).not.toContain(code);
});
