// Runs a load generator as a child process, bounded in time, and reads the line of JSON that it prints.

import { spawn } from 'node:child_process';
import { track } from '../subjects/processes.ts';

const MARGIN_MS = 15_000;

export function runForLine(
  name: string,
  file: string,
  args: string[],
  input: string,
  seconds: number,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    track(child);
    const limit = setTimeout(() => child.kill('SIGKILL'), seconds * 1000 + MARGIN_MS);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', (error) => {
      clearTimeout(limit);
      reject(new Error(`${name} did not run: ${error.message}`));
    });
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      const line = output.split('\n').findLast((text) => text.startsWith('{'));
      if (code !== 0 || !line)
        reject(new Error(`${name} ended (${signal ?? `code ${code}`}) without figures`));
      else resolve(JSON.parse(line));
    });
    // A generator that ends at once closes its input; its exit says why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
