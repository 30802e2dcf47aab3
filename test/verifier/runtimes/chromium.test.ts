// The verifier in a browser: its sources, with the types stripped.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { launchBrowser } from '../../browser/support/browser.ts';
import { basic, post, startTestServer } from '../../support/server.ts';
import { type Case, startCases } from './cases.ts';
import { packages, sourceAt } from './sources.ts';

const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports: packages })}</script>`;

/** An origin of its own, on localhost: only a secure context has WebCrypto. */
async function servePage() {
  const server = createServer(({ url = '/' }, response) => {
    if (url === '/') {
      response.setHeader('Content-Type', 'text/html').end(page);
      return;
    }
    response.setHeader('Content-Type', 'text/javascript').end(sourceAt(url));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}/`, close: () => server.close() };
}

async function verifyInChromium(issuer: string, cases: readonly Case[]): Promise<unknown> {
  const { url, close } = await servePage();
  await using browser = await launchBrowser();
  const opened = await browser.newPage();
  await opened.goto(url);
  const given = [issuer, cases].map((value) => JSON.stringify(value)).join();
  const outcomes = await opened.evaluate(
    `import('/test/verifier/runtimes/verify-all.ts').then(({ verifyAll }) => verifyAll(${given}))`,
  );
  close();
  return outcomes;
}

test('in Chromium, tokens of every algorithm and dialect are good, and what is spoilt is refused', async () => {
  const { issuer, cases, close } = await startCases();
  expect(await verifyInChromium(issuer, cases)).toEqual(cases.map(({ expected }) => expected));
  await close();
});

test('in Chromium, a page may read what a server publishes, and verifies its tokens', async () => {
  const server = await startTestServer();
  const scope = 'invoices.read';
  const { client_id, client_secret } = await server.register('standard', { scope: [scope] });
  const form = { grant_type: 'client_credentials', scope };
  const answer = await post(`${server.origin}/oauth2/token`, form, basic(client_id, client_secret));
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const good: Case = { name: 'real', dialect: 'standard', token, expected: 'good' };
  expect(await verifyInChromium(server.origin, [good])).toEqual(['good']);
  await server.close();
});
