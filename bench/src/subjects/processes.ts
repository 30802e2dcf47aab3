// Starts the servers as child processes, reads their one line of JSON, and ends them by their pid.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const READY_MS = 30_000;
const GRACE_MS = 3_000;

const children = new Set<ChildProcess>();
const directories = new Set<string>();

export type Command = { args: string[]; cwd: string };

export type Server = {
  pid: number;
  startedAt: number;
  line: Record<string, unknown>;
  hasEnded: () => boolean;
  stop: () => Promise<void>;
};

export function track(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.once('error', () => children.delete(child));
  return child;
}

export function makeTempDir(parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'tessera-bench-'));
  directories.add(directory);
  return directory;
}

export function removeTempDir(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  directories.delete(directory);
}

function cleanUp(): void {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Ends all children and removes all temporary folders, however this program ends. */
export function cleanUpAtExit(): void {
  process.on('exit', cleanUp);
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
}

export async function startServer(name: string, command: Command): Promise<Server> {
  const startedAt = performance.now();
  const child = track(
    spawn(process.execPath, command.args, {
      cwd: command.cwd,
      env: { ...process.env, NODE_ENV: 'production' },
      // The servers may log a line for each token: it is written and discarded.
      stdio: ['pipe', 'pipe', 'ignore'],
    }),
  );
  try {
    const line = await readyLine(name, child, command);
    return {
      pid: Number.isInteger(line.pid) ? Number(line.pid) : (child.pid ?? 0),
      startedAt,
      line,
      hasEnded: () => hasEnded(child),
      stop: () => stop(child),
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function readyLine(name: string, child: ChildProcess, command: Command): Promise<Record<string, unknown>> {
  const byHand = `to see why, run: node ${command.args.join(' ')}`;
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`${name} was not ready within ${READY_MS / 1000} s; ${byHand}`)),
      READY_MS,
    );
    const settle = (act: () => void) => {
      clearTimeout(late);
      act();
    };
    child.once('error', (error) =>
      settle(() => reject(new Error(`${name} did not start: ${error.message}`))),
    );
    child.once('exit', (code, signal) =>
      settle(() =>
        reject(new Error(`${name} ended (${signal ?? `code ${code}`}) before it was ready; ${byHand}`)),
      ),
    );
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!text.startsWith('{')) return;
      settle(() => {
        try {
          resolve(JSON.parse(text));
        } catch {
          reject(new Error(`${name} printed a line that is not JSON; ${byHand}`));
        }
      });
    });
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(force);
}
