// Sends requests as bytes over many connections, several at a time on each, and reads what comes back.

import { connect } from 'node:net';
import type { Malformed } from './whole-requests.ts';

export interface Tally {
  sent: number;
  /** How many answers had each status. */
  readonly statuses: Map<number, number>;
  /** Requests that got a 5xx, or none though they were whole. */
  readonly failures: string[];
}

export interface Pipelines {
  readonly port: number;
  readonly connections: number;
  /** Requests on a connection before the first is answered. */
  readonly depth: number;
  /** Undefined when there are no more. */
  readonly next: () => Malformed | undefined;
}

/** How long a broken request may stay without an answer: the server may be waiting for the rest of it. */
const silenceMs = 150;
const patienceMs = 20_000;
/** What follows a broken request, and has the server hang up where it could make sense of that. */
const farewell = Buffer.from('\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');

export async function sendAll(pipelines: Pipelines): Promise<Tally> {
  const tally: Tally = { sent: 0, statuses: new Map(), failures: [] };
  await Promise.all(Array.from({ length: pipelines.connections }, () => keepSending(pipelines, tally)));
  return tally;
}

/** One connection after the other, until there is nothing more to send. */
async function keepSending(pipelines: Pipelines, tally: Tally): Promise<void> {
  for (let more = true; more; ) more = await converse(pipelines, tally);
}

/** A connection to its end: a broken request, the end of all requests, or the server's hanging up. */
function converse({ port, depth, next }: Pipelines, tally: Tally): Promise<boolean> {
  let more = true;
  const waiting: Malformed[] = [];
  let broken: Malformed | undefined;
  let received: Buffer = Buffer.alloc(0);
  let hungUp = false;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const note = (status: number, request: Malformed | undefined) => {
    tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
    if (status >= 500) tally.failures.push(`${status} to ${shown(request)}`);
  };
  const advance = () => {
    if (waiting.length > 0 || broken !== undefined) return;
    const bytes: Buffer[] = [];
    while (bytes.length < depth && broken === undefined) {
      const request = next();
      if (request === undefined) {
        more = false;
        break;
      }
      tally.sent += 1;
      bytes.push(request.bytes);
      if (request.whole) waiting.push(request);
      else broken = request;
    }
    if (broken !== undefined) bytes.push(farewell);
    if (bytes.length === 0) socket.end();
    else socket.write(Buffer.concat(bytes));
    socket.setTimeout(waiting.length > 0 ? patienceMs : silenceMs);
  };
  const read = () => {
    for (let answer = firstAnswer(received, waiting[0] ?? broken); answer !== undefined; ) {
      const request = waiting.shift();
      note(answer.status, request ?? broken);
      if (answer.closes && request !== undefined) hungUp = true;
      received = received.subarray(answer.length);
      answer = firstAnswer(received, waiting[0] ?? broken);
    }
    if (waiting.length === 0) socket.setTimeout(silenceMs);
  };
  socket.on('connect', advance);
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    read();
    advance();
  });
  // Nothing for a while: the server waits for what will not come, or has no answer.
  socket.on('timeout', () => socket.destroy());
  // What happened is told by the close that follows.
  socket.on('error', () => {});
  return new Promise((resolve) =>
    socket.on('close', () => {
      if (!hungUp && waiting.length > 0) tally.failures.push(`no answer to ${shown(waiting[0])}`);
      resolve(more);
    }),
  );
}

const shown = (request: Malformed | undefined): string =>
  JSON.stringify(request?.bytes.toString('latin1').slice(0, 2000));

/** The first answer in `bytes`, where all of it is there; `request` is what it answers, if that is known. */
function firstAnswer(bytes: Buffer, request: Malformed | undefined) {
  // Behind a broken HEAD stands what may be the body of another answer.
  const start = bytes.indexOf('HTTP/1.1 ');
  const end = bytes.indexOf('\r\n\r\n', start);
  if (start === -1 || end === -1) return undefined;
  const head = bytes.toString('latin1', start, end);
  const status = Number(head.slice(9, 12));
  const announced = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const length = end + 4 + (request?.method === 'HEAD' || status === 304 ? 0 : announced);
  if (bytes.length < length) return undefined;
  return { status, length, closes: /\r\nconnection: close/i.test(head) };
}
