// The sources of the verifier and of what it needs, as JavaScript, for runtimes that read modules one by one.

import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** Which file a package is, by its path in this repository. */
export const packages: Readonly<Record<string, string>> = {
  '@tessera-oauth/verifier': '/packages/verifier/src/index.ts',
  '@tessera-oauth/verifier/fetch': '/packages/verifier/src/adapters/fetch.ts',
  jose: '/node_modules/jose/dist/webapi/index.js',
};

/** Paths in this repository. */
export const sourcePaths = (): readonly string[] =>
  globSync(
    [
      'packages/verifier/src/**/*.ts',
      'test/verifier/runtimes/verify-all.ts',
      'node_modules/jose/dist/webapi/**/*.js',
    ],
    { cwd: root },
  )
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => `/${path}`);

/** The JavaScript of a file in this repository. */
export function sourceAt(path: string): string {
  const source = readFileSync(join(root, path), 'utf8');
  return path.endsWith('.ts') ? stripTypeScriptTypes(source) : source;
}
