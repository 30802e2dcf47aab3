// A headless Chromium: `await using browser = await launchBrowser()`, or close it when done. It ends with the
// process that started it.

import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './chromium.ts';

/** No name but this machine's is resolved, so that no page leans on what is elsewhere. */
const onlyHere = 'MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]';

export async function launchBrowser(): Promise<Browser> {
  const args = [`--host-resolver-rules=${onlyHere}`, '--font-render-hinting=none'];
  return chromium.launch({ ...(await findChromium()), args });
}
