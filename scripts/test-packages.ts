// npm run test:packages: builds the tarballs, lints them, installs them into an empty folder and uses them there. Their
// dependencies, the two linters and the oldest Node.js come from the npm registry.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import serverManifest from '../packages/server/package.json' with { type: 'json' };
import { dialectJsonSchema } from '../packages/server/src/config/dialect-schema.ts';
import { createInstallation, run } from '../test/packages/installation.ts';
import { build, packageNames } from './build.ts';
import { withPackage } from './from-npm.ts';

const root = join(import.meta.dirname, '..');
/** The oldest Node.js that the server runs on, and the npm package that has it for this platform. */
const oldestNode = `${serverManifest.engines.node.replace('>=', '')}.0`;
const appleSilicon = process.platform === 'darwin' && process.arch === 'arm64';
const nodePackage = `${appleSilicon ? 'node-bin' : 'node'}-${process.platform}-${process.arch}`;

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

async function step(name: string, work: () => unknown): Promise<void> {
  const start = performance.now();
  await work();
  process.stdout.write(`${name}: passed in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

/** Each source map leads to a source in the package, and nothing in it is for development. */
function checkContents(): void {
  for (const name of packageNames) {
    const dist = join(root, 'packages', name, 'dist');
    const maps = globSync('lib/**/*.map', { cwd: dist }).map((file) => join(dist, file));
    assert.ok(maps.length > 0);
    for (const file of maps) {
      const { sources } = JSON.parse(readFileSync(file, 'utf8')) as { sources: string[] };
      assert.deepEqual(
        sources.map((source) => existsSync(join(dirname(file), source))),
        [true],
        file,
      );
      assert.ok(join(dirname(file), sources[0] ?? '').startsWith(join(dist, 'src')), file);
    }
    assert.deepEqual(globSync('**/*.test.*', { cwd: dist }), []);
    const {
      private: isPrivate,
      scripts,
      devDependencies,
    } = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8'));
    if (name === 'server')
      assert.deepEqual(
        JSON.parse(readFileSync(join(dist, 'dialect.schema.json'), 'utf8')),
        JSON.parse(JSON.stringify(dialectJsonSchema())),
      );
    assert.deepEqual([isPrivate, scripts, devDependencies], [undefined, undefined, undefined]);
  }
}

async function use(tarballs: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-packages-'));
  try {
    const installation = createInstallation(folder, tarballs);
    await step('install', () => installation.install());
    await step('types', () => installation.checkTypes());
    await step('quickstart, a token, the verifier', () => installation.verifyToken());
    await step('mock', () => installation.askMock());
    await step('mock --dialect slack', () => installation.startVendorMock());
    await step(`the same on Node.js ${oldestNode}`, () =>
      withPackage(nodePackage, oldestNode, (modules) =>
        installation.verifyToken(join(modules, nodePackage, 'bin')),
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let tarballs: string[] = [];
await step('build', () => {
  tarballs = build();
});
await step('contents', checkContents);
await step('the same bytes again', () => {
  const hashes = tarballs.map(hashOf);
  assert.deepEqual(build().map(hashOf), hashes);
});
await step('publint', () =>
  withPackage('publint', '0.3.25', async (modules) => {
    for (const tarball of tarballs)
      await run(join(modules, '.bin/publint'), ['run', '--strict', tarball], { cwd: root });
  }),
);
await step('are the types wrong', () =>
  withPackage('@arethetypeswrong/cli', '0.18.5', async (modules) => {
    // All is ES modules: CommonJS and resolution as in Node.js 10 are not asked about.
    for (const tarball of tarballs)
      await run(join(modules, '.bin/attw'), ['--profile', 'esm-only', tarball], { cwd: root });
  }),
);
await use(tarballs);
