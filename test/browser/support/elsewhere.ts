// A place elsewhere on the web, such as an app that users are sent back to: the browser finds it without a network.

import type { Page } from 'playwright-core';

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="12" fill="#0b7a5b"/>' +
  '<circle cx="24" cy="24" r="11" fill="#fff"/></svg>';

/** Answers whatever the page asks of `origin`, at the end of redirects too, which Playwright's own routes never see. */
export async function answerFor(page: Page, origin: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  session.on('Fetch.requestPaused', ({ requestId, request }) => {
    const [type, body] = request.url.endsWith('.svg')
      ? ['image/svg+xml', logo]
      : ['text/html', `<!doctype html><title>Elsewhere</title><h1>${origin}</h1>`];
    const answer = {
      requestId,
      responseCode: 200,
      responseHeaders: [{ name: 'content-type', value: type }],
      body: Buffer.from(body).toString('base64'),
    };
    // By then the page may be gone.
    session.send('Fetch.fulfillRequest', answer).catch(() => {});
  });
  await session.send('Fetch.enable', { patterns: [{ urlPattern: `${origin}/*` }] });
}
