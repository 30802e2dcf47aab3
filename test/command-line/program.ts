// The program as people run it: a process of its own, with its folders, ended by its pid.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';

/** Of this clone. */
export const program = join(import.meta.dirname, '../../packages/server/bin/tessera.js');

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input holds. */
  readonly input?: string;
  /** Another than that of this clone. */
  readonly program?: string;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Served {
  /** The line of JSON that told that requests are accepted. */
  readonly json: { readonly origin: string; readonly pid: number; readonly issuers: unknown };
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends a signal; gives what the process left behind. */
  end(signal?: NodeJS.Signals): Promise<Finished>;
}

/** How long a command may take; then it is killed. */
const patienceMs = 15_000;

const folders: string[] = [];
const running = new Map<number, () => void>();

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-command-'));
  folders.push(folder);
  return folder;
}

/** For afterAll: ends what a failed test has left running, and removes the folders. */
export async function cleanUp(): Promise<void> {
  for (const kill of running.values()) kill();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

function launch(args: readonly string[], { cwd, env, input = '', program: other }: Surroundings) {
  const child = spawn(process.execPath, [other ?? program, ...args], {
    cwd: cwd ?? tmpdir(),
    // Nothing of the surroundings of the tests: a TESSERA_ variable there would configure the program.
    env: { PATH: process.env.PATH, ...env },
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text;
    });
  }
  // It may end without reading what it is given.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const { pid = 0 } = child;
  running.set(pid, () => child.kill('SIGKILL'));
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => {
      running.delete(pid);
      resolve({ code, ...written });
    });
  });
  return { child, written, finished };
}

/** Runs one command to its end. */
export async function tessera(args: readonly string[], surroundings: Surroundings = {}): Promise<Finished> {
  const { child, finished } = launch(args, surroundings);
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const result = await finished;
  clearTimeout(late);
  return result;
}

/** Runs one command, and kills it once `done` resolves. */
export async function killedAfter(
  args: readonly string[],
  surroundings: Surroundings,
  done: () => Promise<unknown>,
): Promise<void> {
  const { child, finished } = launch(args, surroundings);
  await done();
  child.kill('SIGKILL');
  expect((await finished).code).toBeNull();
}

/** Starts a server with `--output json`; returns once it accepts requests. */
export async function serve(args: readonly string[], surroundings: Surroundings = {}): Promise<Served> {
  const line = await serveText([...args, '--output', 'json'], surroundings, /\n/);
  return { ...line, json: JSON.parse(line.stdout()) };
}

/** Starts a server; returns once it has written `ready`. */
export async function serveText(args: readonly string[], surroundings: Surroundings, ready: RegExp) {
  const { child, written, finished } = launch(args, surroundings);
  const started = new Promise<true>((resolve) => {
    child.stdout.on('data', () => ready.test(written.stdout) && resolve(true));
  });
  const first = await Promise.race([started, finished]);
  if (first !== true) throw new Error(`tessera ${args.join(' ')}: ended with ${first.code}: ${first.stderr}`);
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return finished;
  };
  return { stdout: () => written.stdout, stderr: () => written.stderr, end };
}

export interface Project {
  readonly folder: string;
  /** The configuration. */
  readonly file: string;
  /** Runs a command in the folder, where it finds the configuration. */
  run(args: readonly string[], surroundings?: Surroundings): Promise<Finished>;
  /** Runs a command that must succeed, with `--output json`, and gives what it printed. */
  // biome-ignore lint/suspicious/noExplicitAny: each command prints a shape of its own, and the tests look at it.
  json(args: readonly string[], surroundings?: Surroundings): Promise<any>;
  /** Starts the server of the folder. */
  start(env?: Readonly<Record<string, string>>): Promise<Served>;
}

/** A folder with a configuration; a free port, and the data inside it. */
export async function project(config: Readonly<Record<string, unknown>> = {}): Promise<Project> {
  const folder = await temporaryFolder();
  const file = join(folder, 'tessera.yaml');
  await writeFile(file, stringify({ listen: { port: 0 }, data: 'data', ...config }));
  const run: Project['run'] = (args, surroundings) => tessera(args, { cwd: folder, ...surroundings });
  return {
    folder,
    file,
    run,
    json: asJson(run),
    start: (env = {}) => serve(['start'], { cwd: folder, env }),
  };
}

/** `run` for commands that must succeed: what they print with `--output json`. */
export const asJson =
  (run: Project['run']): Project['json'] =>
  async (args, surroundings) => {
    const { code, stdout, stderr } = await run([...args, '--output', 'json'], surroundings);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[^\n]+\n$/);
    return JSON.parse(stdout);
  };

/** One line on stderr that says `what`, no stack trace, nothing on stdout, exit code 2. */
export function expectMistake({ code, stdout, stderr }: Finished, what: string | RegExp): void {
  expect(stderr).toMatch(what);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(stderr).not.toMatch(/^\s+at |node:internal/m);
  expect(stdout).toBe('');
  expect(code).toBe(2);
}
