// npm run build: compiles each package into its own dist/, and packs what is published: a tarball of each in dist/.

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const schemaFile = 'dialect.schema.json';

export const packageNames = ['core', 'server', 'verifier'] as const;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: string;
  readonly sideEffects?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, object>>;
  readonly engines: Readonly<Record<string, string>>;
}

/** Builds all packages; gives the paths of their tarballs. The same sources give the same bytes. */
export function build(): string[] {
  // Part of a tarball are the modes of its files.
  process.umask(0o022);
  const tarballs = join(root, 'dist');
  rmSync(tarballs, { recursive: true, force: true });
  mkdirSync(tarballs);
  return packageNames.map((name) => {
    const folder = join(root, 'packages', name);
    compile(folder);
    if (name === 'server') writeSchema(folder);
    writeManifest(folder);
    return pack(join(folder, 'dist'), tarballs);
  });
}

/** dist/lib holds the JavaScript and its types, dist/src the sources that their maps lead to. */
function compile(folder: string): void {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  execFileSync('tsc', ['-p', join(folder, 'tsconfig.build.json')], { stdio: 'inherit' });
  renameSync(join(dist, 'src'), join(dist, 'lib'));
  cpSync(join(folder, 'src'), join(dist, 'src'), {
    recursive: true,
    filter: (file) => !file.endsWith('.test.ts'),
  });
  for (const file of globSync(join(dist, 'lib/**/*.{d.ts,map}'))) {
    const text = readFileSync(file, 'utf8');
    const changed = file.endsWith('.map')
      ? // They were written for sources one folder further up.
        text.replace('"sources":["../', '"sources":["')
      : // The compiler rewrites imports in JavaScript alone; not every reader of types follows .ts to .d.ts.
        text.replaceAll(/((?:from |import\()'\.[^']*)\.ts'/g, "$1.js'");
    writeFileSync(file, changed);
  }
}

/** For editors: the package exports it. */
function writeSchema(folder: string): void {
  const schema = execFileSync(process.execPath, [join(folder, 'bin/tessera.js'), 'dialect', 'schema']);
  writeFileSync(join(folder, 'dist', schemaFile), schema);
}

/** The package.json of the built package: nothing of it is for development. */
function writeManifest(folder: string): void {
  const source: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, version, description, license, type, sideEffects, bin, engines } = source;
  const { dependencies, peerDependencies, peerDependenciesMeta } = source;
  const made = [schemaFile].filter((file) => existsSync(join(folder, 'dist', file)));
  const exports = Object.fromEntries([
    ...Object.entries(source.exports).map(([path, file]) => [path, builtFrom(file)]),
    ...made.map((file) => [`./${file}`, `./${file}`]),
  ]);
  const further = ['bin', 'dialects'].filter((name) => existsSync(join(folder, name)));
  const files = ['lib', 'src', ...further, ...made];
  const identity = { name, version, description, license, type };
  const needs = { dependencies, peerDependencies, peerDependenciesMeta, engines };
  const manifest = { ...identity, sideEffects, bin, exports, files, ...needs };
  const dist = join(folder, 'dist');
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const name of further) cpSync(join(folder, name), join(dist, name), { recursive: true });
  copyFileSync(join(folder, 'README.md'), join(dist, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
}

function builtFrom(source: string) {
  const file = source.replace('./src/', './lib/');
  return { types: file.replace(/\.ts$/, '.d.ts'), default: file.replace(/\.ts$/, '.js') };
}

function pack(dist: string, destination: string): string {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', destination];
  const [packed] = JSON.parse(execFileSync('npm', args, { cwd: dist, encoding: 'utf8' }));
  return join(destination, packed.filename);
}

if (import.meta.main) for (const tarball of build()) process.stdout.write(`${tarball}\n`);
