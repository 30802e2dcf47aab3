// The browser harness itself, on a page with a strict content security policy: it finds what is wrong, lets pass
// what is right, and has passkeys.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { expectAccessible } from './support/accessibility.ts';
import { addAuthenticator } from './support/authenticator.ts';
import { launchBrowser } from './support/browser.ts';
import { collectComplaints } from './support/complaints.ts';
import { answerFor } from './support/elsewhere.ts';
import { screenshot } from './support/screenshot.ts';

const policy = `default-src 'none'; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`;
const page = (main: string) =>
  `<!doctype html><html lang="en"><title>Page</title><link rel="stylesheet" href="/style.css"><main>${main}</main>`;
const files: Record<string, string> = {
  '/good': page('<h1>Sign in</h1><label>Name <input></label>'),
  '/unlabelled': page('<h1>Sign in</h1><input id="name">'),
  '/faint': page('<h1>Sign in</h1><p class="faint">Only in the dark is this hard to read.</p>'),
  '/forbidden': page('<h1>Sign in</h1><script>1</script>'),
  '/broken': page('<h1>Sign in</h1>').replace('/style.css', '/missing.css'),
  '/style.css': `
    body { color: #000; background: #fff; }
    @media (prefers-color-scheme: dark) { body { color: #fff; background: #000; } .faint { color: #444; } }
    * { transition: color 1s; }
  `,
};

let server: Server;
let browser: Browser;
let tab: Page;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/away') {
      response.writeHead(303, { location: 'https://app.example/callback' }).end();
      return;
    }
    const type = request.url === '/style.css' ? 'text/css' : 'text/html';
    response.writeHead(files[request.url ?? ''] === undefined ? 404 : 200, {
      'content-type': type,
      'content-security-policy': policy,
    });
    response.end(files[request.url ?? '']);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://localhost:${(server.address() as AddressInfo).port}`;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  server.close();
});
beforeEach(async () => {
  tab = await browser.newPage();
});
afterEach(() => tab.close());

test('a good page is accessible', async () => {
  await tab.goto(`${base}/good`);
  await expectAccessible(tab);
});

test('a field without a label is found', async () => {
  await tab.goto(`${base}/unlabelled`);
  await expect(expectAccessible(tab)).rejects.toThrow(
    /\/unlabelled is not accessible:\nlabel \(light\) at #name: Form elements must have labels/,
  );
});

test('what is hard to read in one colour scheme is found in that one, through a transition', async () => {
  await tab.goto(`${base}/faint`);
  const found = await expectAccessible(tab).catch((error: Error) => error.message);
  expect(found).toContain('color-contrast (dark) at p');
  expect(found).not.toContain('(light)');
  expect(await tab.evaluate(`matchMedia('(prefers-color-scheme: light)').matches`)).toBe(true);
});

test('pictures are made at two sizes in two colour schemes, and only when asked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-pictures-'));
  await tab.goto(`${base}/good`);
  const before = tab.viewportSize();
  vi.stubEnv('TESSERA_SCREENSHOTS', '');
  await screenshot(tab, 'unasked');
  vi.stubEnv('TESSERA_SCREENSHOTS', folder);
  await screenshot(tab, 'good');
  vi.unstubAllEnvs();
  const names = [
    'good-desktop-dark.png',
    'good-desktop-light.png',
    'good-phone-dark.png',
    'good-phone-light.png',
  ];
  expect((await readdir(folder)).sort()).toEqual(names);
  const pictures = await Promise.all(names.map((name) => readFile(join(folder, name))));
  // A PNG has its width at byte 16.
  expect(pictures.map((picture) => picture.readUInt32BE(16))).toEqual([1280, 1280, 390, 390]);
  expect(tab.viewportSize()).toEqual(before);
  await rm(folder, { recursive: true });
});

test('what a page may not do, and what it misses, is a complaint; a good page has none', async () => {
  const context = await browser.newContext();
  const complaints = await collectComplaints(context);
  const page = await context.newPage();
  await page.goto(`${base}/good`);
  expect(complaints).toEqual([]);
  await page.goto(`${base}/forbidden`);
  expect(complaints).toEqual([
    expect.stringContaining('violates the following Content Security Policy directive'),
    `script-src-elem forbids inline at ${base}/forbidden`,
  ]);
  await page.goto(`${base}/broken`);
  expect(complaints[2]).toMatch(/ 404 .*missing\.css/);
  await context.close();
});

test('what is elsewhere answers, also at the end of a redirect', async () => {
  await answerFor(tab, 'https://app.example');
  await tab.goto(`${base}/away`);
  expect(tab.url()).toBe('https://app.example/callback');
  expect(await tab.getByRole('heading').innerText()).toBe('https://app.example');
});

test('a passkey is made and used', async () => {
  const authenticator = await addAuthenticator(tab);
  await tab.goto(`${base}/good`);
  const made = await tab.evaluate<string>(createPasskey);
  expect(await authenticator.credentials()).toMatchObject([
    { isResidentCredential: true, rpId: 'localhost', userName: 'ada' },
  ]);
  await tab.reload();
  expect(await tab.evaluate<string>(usePasskey)).toBe(made);
  await authenticator.verifyUser(false);
  await expect(tab.evaluate(usePasskey)).rejects.toThrow('NotAllowedError');
});

const createPasskey = `navigator.credentials.create({
  publicKey: {
    challenge: new Uint8Array(32),
    rp: { name: 'Test' },
    user: { id: new Uint8Array([1]), name: 'ada', displayName: 'Ada' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  },
}).then(({ id }) => id)`;

const usePasskey = `navigator.credentials.get({
  publicKey: { challenge: new Uint8Array(32), userVerification: 'required' },
}).then(({ id }) => id)`;
