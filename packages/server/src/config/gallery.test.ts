import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { loadDialects } from './dialects.ts';
import { galleryFile, galleryNames } from './gallery.ts';
import { finishConfig } from './load.ts';

const reads = vi.spyOn(fs, 'readFile');
syncBuiltinESMExports();
afterEach(() => reads.mockClear());

/** The files of the gallery that were read. */
const read = () =>
  reads.mock.calls
    .map(([file]) => String(file))
    .filter((file) => file === galleryFile(basename(file, '.yaml')));

/** Loads files with these texts, and `entries` beside them. */
async function load(texts: readonly string[], entries: readonly string[] = []) {
  await using folder = await fs.mkdtempDisposable(join(tmpdir(), 'tessera-gallery-'));
  const files = texts.map((_, index) => join(folder.path, `${index}.yaml`));
  for (const [index, file] of files.entries()) await fs.writeFile(file, texts[index] ?? '');
  return await loadDialects([...entries, ...files]);
}

const configured = (config: object) => finishConfig(config, 'tessera.yaml', tmpdir());

test('a dialect is known by its name once something names it', async () => {
  const builtIn = ['standard', 'trelica', 'tilia'];
  expect([...(await loadDialects(['slack'])).keys()]).toEqual([...builtIn, 'slack']);
  expect([...(await load(['name: acme\nextends: slack\n'])).keys()]).toEqual([...builtIn, 'slack', 'acme']);
  const { dialectsByName } = await configured({
    dialects: ['okta'],
    issuers: [{ name: 'a', location: '/', dialect: 'slack' }],
  });
  expect([...dialectsByName.keys()]).toEqual([...builtIn, 'okta', 'slack']);
});

test('one that extends another brings it along', async () => {
  const dialects = await loadDialects([], ['azure-v2']);
  expect(dialects.get('azure-v2')?.errors).toEqual(dialects.get('azure-v1')?.errors);
});

test('a file is read when its dialect is named, and no other is', async () => {
  await configured({ issuers: [{ name: 'a', location: '/', dialect: 'tilia' }] });
  await load(['name: acme\nextends: trelica\n']);
  expect(read()).toEqual([]);
  await loadDialects(['slack', 'slack'], ['slack']);
  expect(read()).toEqual([galleryFile('slack')]);
});

test('the name of a dialect of the gallery is taken', async () => {
  for (const name of galleryNames)
    await expect(load([`name: ${name}\nextends: standard\n`])).rejects.toThrow(
      `0.yaml:1:1: name: got "${name}", which a dialect of the gallery has`,
    );
});

test.each([
  [{ dialects: ['slak'] }, 'tessera.yaml: dialects[0]: got "slak", expected a YAML or JSON file, or a name'],
  [{ dialects: ['slak'] }, ': did you mean slack?'],
  [
    { issuers: [{ name: 'a', location: '/', dialect: 'azure' }] },
    'issuers[0].dialect: got "azure", expected one of standard, trelica, tilia, or of the gallery',
  ],
  [{ issuers: [{ name: 'a', location: '/', dialect: 'shopfy' }] }, ': did you mean shopify?'],
  [
    { dialects: ['tilia', 'slack'], issuers: [{ name: 'a', location: '/', dialect: 'trelic' }] },
    'mean trelica?',
  ],
])('%j is told: %s', async (config, sentence) => {
  await expect(configured(config)).rejects.toThrow(sentence);
});

test('a misspelt name in a file is told, with the nearest', async () => {
  await expect(load(['name: acme\nextends: githib\n'])).rejects.toThrow(
    /0\.yaml:2:1: extends: got "githib", expected one of .* \(tessera dialect list\): did you mean github\?$/,
  );
});
