// axe-core on a page as it stands. It comes in through the debugger, so a strict content security policy does not
// keep it out.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { inBothColorSchemes } from './color-schemes.ts';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** In the dark a page has the same parts in other colours. */
const runOnly = { light: undefined, dark: ['color-contrast', 'link-in-text-block'] };

/** Fails with a list of what axe finds, in light or in dark. axe runs in the page: JavaScript has to be on there. */
export async function expectAccessible(page: Page): Promise<void> {
  const found: string[] = [];
  await page.evaluate(source);
  await inBothColorSchemes(page, async (scheme) => {
    const options = JSON.stringify({ resultTypes: ['violations'], runOnly: runOnly[scheme] });
    const { violations } = await page.evaluate<AxeResults>(`axe.run(${options})`);
    for (const { id, help, nodes } of violations) {
      for (const { target } of nodes) found.push(`${id} (${scheme}) at ${target.join(' ')}: ${help}`);
    }
  });
  expect(found.length, `${page.url()} is not accessible:\n${found.join('\n')}`).toBe(0);
}
