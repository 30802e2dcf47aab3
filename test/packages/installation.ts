// Installs the tarballs into an empty folder outside of the clone, and uses them there.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import rootManifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const binaries = join(root, 'node_modules/.bin');

/** The folder of the pinned Node.js. */
const pinnedNode = join(root, 'node_modules/node/bin');

/** With one Node.js first in PATH, and without the variables that would configure the server. */
const environment = (own: Readonly<Record<string, string>> = {}, node = pinnedNode) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TESSERA_'))),
  PATH: `${node}:${process.env.PATH}`,
  ...own,
});

interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** The folder of the Node.js to use. */
  readonly node?: string | undefined;
}

/** Runs a command to its end; gives what it printed. Throws where it fails or takes longer than two minutes. */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMs = 120_000, node }: RunOptions,
): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    env: environment(env, node),
    timeout: timeoutMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

export interface Installation {
  install(): Promise<void>;
  /** Compiles programs that import the packages, and every example of their READMEs. */
  checkTypes(): Promise<void>;
  /** Starts the server, gets a token from it and has it verified; `node` is the folder of another Node.js than the pinned. */
  verifyToken(node?: string): Promise<void>;
  askMock(): Promise<void>;
  /** Starts the command `mock` in a dialect that comes as a file. */
  startVendorMock(): Promise<void>;
}

/** What is done in `folder`, in this order. */
export function createInstallation(folder: string, tarballs: readonly string[]): Installation {
  const program = (name: string, options: Omit<RunOptions, 'cwd'> = {}) =>
    run('node', [join(folder, name)], { cwd: folder, timeoutMs: 30_000, ...options });
  return {
    async install() {
      writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
      const { devDependencies: versions } = rootManifest;
      const frameworks = (['express', 'hono', 'fastify', '@types/express', '@types/node'] as const).map(
        (name) => `${name}@${versions[name]}`,
      );
      await run('npm', ['install', '--prefix', folder, '--ignore-scripts', ...tarballs, ...frameworks], {
        cwd: folder,
      });
    },
    async checkTypes() {
      for (const name of ['verify.ts', 'mock.ts'])
        copyFileSync(join(import.meta.dirname, name), join(folder, name));
      writeExamples(folder);
      const strict = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2024',
        '--types',
        'node',
      ];
      const files = globSync('{*,readme/*}.ts', { cwd: folder });
      await run(join(binaries, 'tsc'), [...strict, '--skipLibCheck', ...files], { cwd: folder });
      // The verifier's own types, judged with those of the program that uses them.
      await run(join(binaries, 'tsc'), [...strict, 'verify.ts'], { cwd: folder });
    },
    async verifyToken(node) {
      const { issuers, stop } = await startQuickstart(folder, node);
      try {
        const { issuer, token_endpoint, client_id, client_secret } = issuers.standard;
        const response = await fetch(token_endpoint, {
          method: 'POST',
          body: new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }),
          signal: AbortSignal.timeout(10_000),
        });
        const { access_token } = (await response.json()) as { access_token: string };
        const env = { ISSUER: issuer, TOKEN: access_token };
        const printed = JSON.parse(await program('verify.ts', { env, node }));
        assert.equal(printed.client_id, client_id);
        assert.ok(printed.scope.includes('invoices.read'));
        assert.equal(printed.refused, 'signature_wrong');
      } finally {
        await stop();
      }
    },
    async startVendorMock() {
      const args = ['mock', '--dialect', 'slack'];
      const { told, stop } = await startServer<{ token_endpoint: string }>(folder, args);
      try {
        const { token_endpoint } = told;
        assert.ok(token_endpoint.endsWith('/api/oauth.v2.access'));
        const response = await fetch(token_endpoint, {
          method: 'POST',
          body: new URLSearchParams({ client_id: 'a', client_secret: 'b', code: 'c' }),
          signal: AbortSignal.timeout(10_000),
        });
        assert.deepEqual(await response.json(), { ok: false, error: 'invalid_code' });
      } finally {
        await stop();
      }
    },
    async askMock() {
      const { status, body } = JSON.parse(await program('mock.ts'));
      assert.equal(status, 200);
      assert.equal(body.scope, 'read_wallet');
    },
  };
}

/** Each example of a README, as a file of its own. */
function writeExamples(folder: string): void {
  mkdirSync(join(folder, 'readme'));
  for (const readme of globSync('node_modules/@tessera-oauth/*/README.md', { cwd: folder })) {
    const examples = readFileSync(join(folder, readme), 'utf8').matchAll(/^```ts\n(.*?)^```/gms);
    const [, , name] = readme.split('/');
    for (const [index, [, code = '']] of [...examples].entries())
      writeFileSync(join(folder, 'readme', `${name}-${index}.ts`), code);
  }
  assert.ok(globSync('readme/verifier-*.ts', { cwd: folder }).length > 5);
}

interface Quickstart {
  readonly issuers: Readonly<
    Record<'standard', Record<'issuer' | 'token_endpoint' | 'client_id' | 'client_secret', string>>
  >;
}

async function startQuickstart(folder: string, node: string | undefined) {
  const { told, stop } = await startServer<Quickstart>(folder, ['quickstart'], node);
  return { issuers: told.issuers, stop };
}

/** Starts a command that serves; gives the line of JSON by which it tells that it listens. */
async function startServer<Told>(folder: string, args: readonly string[], node?: string) {
  const options = ['--port', '0', '--output', 'json'];
  const child = spawn('npx', ['--prefix', folder, '--no-install', 'tessera', ...args, ...options], {
    cwd: folder,
    env: environment({}, node),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: npx may end without the server that it started.
    detached: true,
  });
  const closed = once(child, 'close');
  const log = text(child.stderr);
  const kill = () => process.kill(-(child.pid ?? 0), 'SIGKILL');
  const late = setTimeout(kill, 30_000);
  const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  clearTimeout(late);
  if (value === undefined)
    throw new Error(`npx tessera ${args.join(' ')}: ended before it listened\n${await log}`);
  const told = JSON.parse(value) as Told & { readonly pid: number };
  const stop = async () => {
    process.kill(told.pid, 'SIGTERM');
    const stuck = setTimeout(kill, 15_000);
    await closed;
    clearTimeout(stuck);
  };
  return { told, stop };
}
