// Pictures of a page for a person to look at: phone and desktop, light and dark, in the folder that
// TESSERA_SCREENSHOTS names. Without it, none are made.

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { inBothColorSchemes } from './color-schemes.ts';

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

/** Writes NAME-phone-light.png and so on, the whole length of the page. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.TESSERA_SCREENSHOTS;
  if (!folder) return;
  const before = page.viewportSize();
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    await inBothColorSchemes(page, async (scheme) => {
      await page.screenshot({ path: join(folder, `${name}-${size}-${scheme}.png`), fullPage: true });
    });
  }
  if (before !== null) await page.setViewportSize(before);
}
