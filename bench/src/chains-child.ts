// A child program: reads refresh tokens from stdin as JSON, walks the chain of each on a connection of its own,
// and prints the figures as JSON. It speaks the least HTTP that will do, to leave the processor to the server.

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { FORM } from './check.ts';
import { percentile } from './percentile.ts';
import type { RefreshTarget } from './refresh-chains.ts';

type Input = { target: RefreshTarget; tokens: string[]; seconds: number };
const { target, tokens, seconds } = JSON.parse(await text(process.stdin)) as Input;

const { hostname, port, host, pathname } = new URL(target.url);
const head =
  `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${target.authorization}\r\n` +
  `Content-Type: ${FORM}\r\nContent-Length: `;

const times: number[] = [];
const problems = { refused: 0, broken: 0, stuck: 0 };
const start = performance.now();

/** The body of an answer, once all of it is there. */
function bodyOf(answer: string): string | undefined {
  const end = answer.indexOf('\r\n\r\n') + 4;
  if (end === 3) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer.slice(0, end))?.[1]);
  return answer.length - end < length ? undefined : answer.slice(end);
}

/** Asks with the token of the answer before, until the time is over; gives the last one. */
function walk(first: string): Promise<string> {
  let token = first;
  let sent = 0;
  let answer = '';
  let done = false;
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('latin1');
  const ask = () => {
    const body = `grant_type=refresh_token&refresh_token=${token}`;
    answer = '';
    sent = performance.now();
    socket.write(`${head}${body.length}\r\n\r\n${body}`);
  };
  const finish = () => {
    done = true;
    socket.destroy();
  };
  socket.setTimeout(5_000, () => {
    problems.stuck += 1;
    finish();
  });
  socket.on('connect', ask);
  socket.on('data', (chunk: string) => {
    answer += chunk;
    const body = bodyOf(answer);
    if (body === undefined) return;
    const now = performance.now();
    const next = answer.startsWith('HTTP/1.1 200 ') ? JSON.parse(body).refresh_token : undefined;
    if (typeof next !== 'string' || next === token) {
      problems.refused += 1;
      finish();
      return;
    }
    times.push(now - sent);
    token = next;
    if (now - start < seconds * 1000) ask();
    else finish();
  });
  // What happened is told by the close that follows.
  socket.on('error', () => {});
  return new Promise((resolve) =>
    socket.on('close', () => {
      if (!done) problems.broken += 1;
      resolve(token);
    }),
  );
}

const last = await Promise.all(tokens.map(walk));
const elapsed = (performance.now() - start) / 1000;
const figures = {
  ok: times.length,
  seconds: elapsed,
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
  ...problems,
};
process.stdout.write(`${JSON.stringify({ ...figures, tokens: last })}\n`);
