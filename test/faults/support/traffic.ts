// Requests over connections that are kept, as clients of an API have them; at a pace, or as fast as they are answered.

import { connect, type Socket } from 'node:net';
import { percentile } from '../../../bench/src/load/percentile.ts';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

interface Asked {
  readonly bytes: string;
  readonly answer: (answered: Answered) => void;
  readonly fail: (error: Error) => void;
}

/** A form that is POSTed; `authorization` as in the header. */
export const formRequest = (path: string, authorization: string, form: Record<string, string>): string => {
  const body = new URLSearchParams(form).toString();
  return (
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `Authorization: ${authorization}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
};

/** Connections of which each has one request under way; who finds none free waits. */
export class Connections {
  readonly #idle: Socket[] = [];
  readonly #waiting: Asked[] = [];
  readonly #underway = new Map<Socket, Asked>();
  #closed = false;

  constructor(port: number, count: number) {
    for (let index = 0; index < count; index += 1) this.#open(port);
  }

  /** Rejects where the connection breaks: the server then has answered nothing. */
  ask(bytes: string): Promise<Answered> {
    return new Promise((answer, fail) => this.#send({ bytes, answer, fail }));
  }

  close(): void {
    this.#closed = true;
    for (const socket of [...this.#idle, ...this.#underway.keys()]) socket.destroy();
  }

  #open(port: number): void {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1');
    let received = '';
    socket.on('connect', () => this.#free(socket));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const answered = wholeAnswer(received);
      if (answered === undefined) return;
      received = '';
      const asked = this.#underway.get(socket);
      if (asked === undefined) {
        socket.destroy();
        return;
      }
      this.#underway.delete(socket);
      this.#free(socket);
      asked.answer(answered);
    });
    // What happened is told by the close that follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#underway.get(socket)?.fail(new Error('the connection broke'));
      this.#underway.delete(socket);
      const at = this.#idle.indexOf(socket);
      if (at !== -1) this.#idle.splice(at, 1);
      if (!this.#closed) this.#open(port);
    });
  }

  #free(socket: Socket): void {
    this.#idle.push(socket);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#send(next);
  }

  #send(asked: Asked): void {
    // In turn: one that lay idle would be closed at the moment that it is used.
    const socket = this.#idle.shift();
    if (socket === undefined) {
      this.#waiting.push(asked);
      return;
    }
    this.#underway.set(socket, asked);
    socket.write(asked.bytes);
  }
}

function wholeAnswer(text: string): Answered | undefined {
  const end = text.indexOf('\r\n\r\n') + 4;
  if (end === 3) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length - end < length
    ? undefined
    : { status: Number(text.slice(9, 12)), body: text.slice(end) };
}

/** Does `work` again and again, `count` at a time; gives how often it was done in a second. */
export async function asFastAsPossible(
  seconds: number,
  count: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  let done = 0;
  const loop = async () => {
    while (performance.now() - start < seconds * 1000) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: count }, loop));
  return (done * 1000) / (performance.now() - start);
}

/**
 * Does `work` so many times a second, whether or not what came before is done; gives the milliseconds that each took
 * from when it was due, by windows of so many seconds.
 */
export async function atPace(
  perSecond: number,
  seconds: number,
  windowSeconds: number,
  work: () => Promise<unknown>,
): Promise<number[][]> {
  const windows = Array.from({ length: Math.ceil(seconds / windowSeconds) }, (): number[] => []);
  const start = performance.now();
  const pending = new Set<Promise<void>>();
  let failure: unknown;
  for (let begun = 0; failure === undefined; ) {
    const elapsed = performance.now() - start;
    if (elapsed >= seconds * 1000) break;
    for (; begun < (elapsed * perSecond) / 1000; begun += 1) {
      const due = (begun * 1000) / perSecond;
      const one = work().then(
        () => void windows[Math.floor(due / 1000 / windowSeconds)]?.push(performance.now() - start - due),
        (error: unknown) => {
          failure = error;
        },
      );
      pending.add(one);
      one.finally(() => pending.delete(one));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(pending);
  if (failure !== undefined) throw failure;
  return windows;
}

export const p99 = (times: readonly number[]): number => percentile(times, 0.99);

export const median = (values: readonly number[]): number => percentile(values, 0.5);
