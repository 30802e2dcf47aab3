// npm run test:runtimes [-- bun deno workerd]: tests the verifier in these JavaScript runtimes; npm test does so in Node.js
// and in a browser.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { startCases } from '../test/verifier/runtimes/cases.ts';
import { workerdConfig } from '../test/verifier/runtimes/workerd.ts';
import { withPackage } from './from-npm.ts';

interface Runtime {
  readonly version: string;
  /** A pattern for the path of the program in `node_modules`; each platform has a package of its own. */
  readonly program: string;
  /** Verifies the tokens of an issuer in the runtime; returns the outcome of each. */
  verify(command: string, issuer: string): Promise<readonly string[]>;
}

const ofCommandLine =
  (...args: readonly string[]): Runtime['verify'] =>
  async (command, issuer) => {
    const child = spawn(command, [...args, verifyAll, issuer], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return JSON.parse(printed) as string[];
  };
const verifyAll = join(import.meta.dirname, '../test/verifier/runtimes/program.ts');

const ofWorkerd: Runtime['verify'] = async (command, issuer) => {
  const file = join(dirname(command), 'verifier.capnp');
  writeFileSync(file, workerdConfig());
  const port = await freePort();
  const child = spawn(command, ['serve', file, '--socket-addr', `http=127.0.0.1:${port}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    const url = `http://127.0.0.1:${port}/?issuer=${encodeURIComponent(issuer)}`;
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await fetch(url).catch(() => setTimeout(100));
      if (answer !== undefined) return (await answer.json()) as string[];
    }
    throw new Error('it does not answer');
  } finally {
    child.kill();
  }
};

const denoMay = ['--allow-env', '--allow-read', '--allow-net=127.0.0.1'];
const runtimes: Readonly<Record<string, Runtime>> = {
  bun: { version: '1.4.5', program: '@oven/*/bin/bun', verify: ofCommandLine() },
  deno: { version: '2.9.6', program: '@deno/*/deno', verify: ofCommandLine('run', '--no-lock', ...denoMay) },
  workerd: { version: '1.20261117.1', program: '@cloudflare/*/bin/workerd', verify: ofWorkerd },
};

/** The cases whose outcome is not the expected one. */
async function failuresIn(name: string, { version, program, verify }: Runtime): Promise<string[]> {
  const { issuer, cases, close } = await startCases();
  const outcomes = await withPackage(name, version, (modules) => {
    const [found] = globSync(program, { cwd: modules });
    if (found === undefined) throw new Error(`${name} has no package for this platform`);
    const command = join(modules, found);
    chmodSync(command, 0o755);
    return verify(command, issuer);
  }).finally(close);
  return cases.flatMap(({ name: what, expected }, index) =>
    outcomes[index] === expected ? [] : [`${what}: ${outcomes[index]}, expected ${expected}`],
  );
}

const asked = process.argv.slice(2);
const chosen = Object.entries(runtimes).filter(([name]) => asked.length === 0 || asked.includes(name));
if (chosen.length === 0) {
  process.stderr.write(`test:runtimes: expected some of ${Object.keys(runtimes).join(', ')}\n`);
  process.exitCode = 2;
}
for (const [name, runtime] of chosen) {
  const failures = await failuresIn(name, runtime).catch((error: unknown) => [String(error)]);
  if (failures.length > 0) process.exitCode = 1;
  process.stdout.write(`${name} ${runtime.version}: ${failures.join('\n') || 'passed'}\n`);
}
