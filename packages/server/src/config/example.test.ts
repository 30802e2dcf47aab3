import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { environmentVariables } from './environment.ts';
import { finishConfig, loadConfig } from './load.ts';
import { configSchema } from './schema.ts';

const file = join(import.meta.dirname, '../../../../tessera.example.yaml');
const text = await readFile(file, 'utf8');
const document = parse(text) as Record<string, unknown>;

/** Settings that stand behind a bare “#”; a comment has a space there. */
const commentedOut = text.match(/(?:^#[a-z].*\n(?:^# {2}.*\n)*)+/gm) ?? [];

test('it is valid as it stands, and but for its issuer it is the defaults', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-example-'));
  const { issuers, ...rest } = await loadConfig(file, {});
  expect(issuers).toHaveLength(1);
  const defaults = await finishConfig({}, rest.source, join(file, '..'));
  expect({ ...rest, issuers: [] }).toEqual(defaults);
  await rm(folder, { recursive: true });
});

test('what is commented out in it is valid too, and names the keys that have no default', () => {
  const set = Object.assign({}, ...commentedOut.map((block) => parse(block.replace(/^#/gm, ''))));
  expect(Object.keys(set).sort()).toEqual(['master_key_file', 'public_url', 'tls']);
  expect(configSchema.parse(set)).toMatchObject(set);
});

test.each([...environmentVariables])('it has the key %s and its variable %s', (path, variable) => {
  expect(text).toMatch(new RegExp(`\\b${variable}\\b`));
  const keys = path.split('.');
  const all = Object.assign({}, document, ...commentedOut.map((block) => parse(block.replace(/^#/gm, ''))));
  const value = keys.reduce((inner, key) => inner?.[key], all);
  // The master key is told of, and never set: it is a key of the environment alone.
  if (path === 'master_key') expect(text).toMatch(/^# master_key .*environment/m);
  else expect(value).toBeDefined();
});

test('every default, and an example of each variable, is in its comment', () => {
  for (const variable of environmentVariables.values()) {
    if (variable === 'TESSERA_MASTER_KEY') continue;
    const comment = text
      .split('\n\n')
      .find((paragraph) => new RegExp(`Environment:.*\\b${variable}\\b`).test(paragraph));
    expect(comment, variable).toMatch(/Default: \S/);
    expect(comment, variable).toMatch(/Example: \S|^#[a-z]/m);
  }
});

test('it has every key of an issuer', () => {
  const [issuer] = document.issuers as Record<string, unknown>[];
  const keys = Object.keys(configSchema.shape.issuers.unwrap().element.shape);
  expect(Object.keys(issuer ?? {}).sort()).toEqual(keys.sort());
});
