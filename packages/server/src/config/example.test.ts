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
const complete = parse(
  text.replace(/(?:^ *#[a-z].*\n(?:^ *# {2}.*\n)*)+/gm, (block) => block.replace(/^( *)#/gm, '$1')),
) as Record<string, unknown>;

const at = (source: unknown, path: string): unknown =>
  path.split('.').reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], source);

test('it is valid as it stands, and but for its issuer it is the defaults', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-example-'));
  const { issuers, sourceOf, ...rest } = await loadConfig(file, {});
  expect(issuers).toHaveLength(1);
  expect(sourceOf(['issuers'])).toMatchObject({ file: rest.source, column: 1 });
  const { sourceOf: _, ...defaults } = await finishConfig({}, rest.source, join(file, '..'));
  expect({ ...rest, issuers: [] }).toEqual(defaults);
  await rm(folder, { recursive: true });
});

test('what is commented out in it is valid too: the keys that have no default, and the providers', async () => {
  const set = [...environmentVariables.keys()].filter((path) => at(document, path) === undefined);
  expect(set.sort()).toEqual(
    [
      'database',
      'login.secret_file',
      'login.upstreams',
      'login.url',
      'management.host',
      'management.port',
      'master_key',
      'master_key_file',
      'public_url',
    ].concat(['tls.cert_file', 'tls.key_file']),
  );
  const { upstreams, ...ownPage } = complete.login as Record<string, unknown>;
  for (const login of [{ upstreams }, ownPage])
    expect((await finishConfig({ ...complete, login }, 'example', '/')).login).toMatchObject(login);
});

test.each([...environmentVariables])('it has the key %s and its variable %s', (path, variable) => {
  expect(text).toMatch(new RegExp(`\\b${variable}\\b`));
  // The master key is told of, and never set: it is a key of the environment alone.
  if (path === 'master_key') expect(text).toMatch(/^# master_key .*environment/m);
  else expect(at(complete, path)).toBeDefined();
});

test('every default, and an example of each variable, is in its comment', () => {
  for (const variable of environmentVariables.values()) {
    if (variable === 'TESSERA_MASTER_KEY') continue;
    const comment = text
      .split('\n\n')
      .find((paragraph) => new RegExp(`Environment:.*\\b${variable}\\b`).test(paragraph));
    expect(comment, variable).toMatch(/Default: \S/);
    expect(comment, variable).toMatch(/Example: \S|^ *#[a-z]/m);
  }
});

test('it has every key of an issuer, of its theme and of a provider', () => {
  const { issuers, login } = configSchema.shape;
  const issuer = issuers.unwrap().element.shape;
  const [shown] = document.issuers as Record<string, object>[];
  expect(Object.keys(shown ?? {}).sort()).toEqual(Object.keys(issuer).sort());
  expect(Object.keys(shown?.theme ?? {}).sort()).toEqual(Object.keys(issuer.theme.unwrap().shape).sort());
  const [upstream = {}] = at(complete, 'login.upstreams') as object[];
  const keys = Object.keys(login.unwrap().shape.upstreams.unwrap().element.shape);
  // One of two, and named beside the other.
  expect([...Object.keys(upstream), 'client_secret_variable'].sort()).toEqual(keys.sort());
  expect(text).toMatch(/or client_secret_variable, /);
});
