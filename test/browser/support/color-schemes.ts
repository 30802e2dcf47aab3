// Does something with a page in light and in dark, then leaves it as it was.

import type { Page } from 'playwright-core';

type ColorScheme = 'light' | 'dark';

export async function inBothColorSchemes(page: Page, work: (scheme: ColorScheme) => Promise<void>) {
  const isDark = await page.evaluate<boolean>(`matchMedia('(prefers-color-scheme: dark)').matches`);
  const before = isDark ? 'dark' : 'light';
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(finishAnimations);
    await work(scheme);
  }
  await page.emulateMedia({ colorScheme: before });
}

/** Half-way through a transition, colours are those of neither scheme. */
const finishAnimations = `
  for (const animation of document.getAnimations()) {
    if (animation.effect.getComputedTiming().endTime !== Infinity) animation.finish();
  }
`;
