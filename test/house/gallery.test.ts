// The gallery: each file is valid, says where it comes from, and stands in the list of the code and in the guide.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { loadDialects } from '../../packages/server/src/config/dialects.ts';
import { galleryFile, galleryNames } from '../../packages/server/src/config/gallery.ts';
import { galleryPage, headOf, withGallery } from '../../scripts/gallery.ts';

test('the list of names is that of the files, in order', () => {
  const files = readdirSync(dirname(galleryFile('slack')));
  expect(galleryNames.map((name) => `${name}.yaml`)).toEqual(files.toSorted());
});

test.each(galleryNames)(
  '%s is valid, bears the name of its file and extends another dialect',
  async (name) => {
    expect((await loadDialects([name])).get(name)?.name).toBe(name);
    expect(readFileSync(galleryFile(name), 'utf8')).toMatch(/^extends: [a-z]/m);
  },
);

test.each(galleryNames)('%s says what it imitates, from which page, and what it cannot', (name) => {
  const { imitates, date, page, cannot } = headOf(name);
  expect(imitates.length).toBeLessThan(72);
  expect(new Date(date).toISOString().startsWith(date)).toBe(true);
  expect(URL.canParse(page)).toBe(true);
  expect(cannot.length).toBeGreaterThan(0);
});

test('the table of the guide is what the files make of it (npm run reference)', async () => {
  const page = readFileSync(galleryPage, 'utf8');
  expect(page).toBe(await withGallery(page));
  expect(page).toContain('| `slack` |');
});
