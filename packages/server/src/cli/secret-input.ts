// What nobody else should read: it comes from standard input, and is not shown where a person types it.

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UsageError } from '../model.ts';

/** A secret or a password: asked for twice at a terminal, else all of standard input without the line end of a shell. */
export async function readSecret(what: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  const first = await ask(`${what}: `);
  if ((await ask(`${what} again: `)) !== first) throw new UsageError(`${what}: the two are not the same`);
  return first;
}

/** As for passwords: what is shorter is soon guessed. */
const shortestSecret = 8;

/** The secret of a client that `--secret-stdin` promises. What else it may be, administration judges. */
export async function readClientSecret(): Promise<string> {
  const secret = await readSecret('secret');
  if (secret.length >= shortestSecret) return secret;
  const got = `${secret.length} character${secret.length === 1 ? '' : 's'}`;
  throw new UsageError(`--secret-stdin: got ${got}, expected ${shortestSecret} to 512`);
}

/** A token: asked for at a terminal, else all of standard input. */
export const readToken = async (): Promise<string> =>
  process.stdin.isTTY ? ask('token: ') : text(process.stdin);

async function ask(question: string): Promise<string> {
  // What readline would show of the answer goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  // Only now, when the terminal no longer shows what is typed.
  process.stderr.write(question);
  // Ctrl+C and Ctrl+D: no answer will come.
  const left = new Promise<never>((_resolve, reject) => {
    terminal.once('close', () => reject(new Error('nothing was read')));
  });
  try {
    return await Promise.race([terminal.question(''), left]);
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
