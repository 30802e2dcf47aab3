// A child program: reads requests from stdin as JSON, sends each of them once, in order, over several connections, and
// prints the figures as JSON. It speaks as little HTTP as it can, to leave the processor to the server.

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { FORM } from '../measures/check.ts';
import { percentile } from './percentile.ts';
import type { RequestsInput } from './requests.ts';

const { url, requests, seconds, connections } = JSON.parse(await text(process.stdin)) as RequestsInput;

const { hostname, port, host, pathname } = new URL(url);
const head = `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${FORM}\r\nAuthorization: `;

const times: number[] = [];
const problems = { refused: 0, broken: 0, stuck: 0 };
const start = performance.now();
let next = 0;

/** Whether the answer is complete. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n') + 4;
  if (end === 3) return false;
  return answer.length - end >= Number(/\r\ncontent-length: (\d+)/i.exec(answer.slice(0, end))?.[1]);
}

/** Sends the next request after each answer, until the time is over or no request is left. */
function work(): Promise<void> {
  let sent = 0;
  let answer = '';
  let done = false;
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('latin1');
  const finish = () => {
    done = true;
    socket.destroy();
  };
  const ask = () => {
    const request = requests[next];
    if (request === undefined || performance.now() - start >= seconds * 1000) return finish();
    next += 1;
    answer = '';
    sent = performance.now();
    const { authorization, body } = request;
    socket.write(`${head}${authorization}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  };
  socket.setTimeout(5_000, () => {
    problems.stuck += 1;
    finish();
  });
  socket.on('connect', ask);
  socket.on('data', (chunk: string) => {
    answer += chunk;
    if (!isWhole(answer)) return;
    if (answer.startsWith('HTTP/1.1 200 ')) times.push(performance.now() - sent);
    else problems.refused += 1;
    ask();
  });
  // The close that follows is what counts.
  socket.on('error', () => {});
  return new Promise((resolve) =>
    socket.on('close', () => {
      if (!done) problems.broken += 1;
      resolve();
    }),
  );
}

await Promise.all(Array.from({ length: connections }, work));
const elapsed = (performance.now() - start) / 1000;
const figures = {
  ok: times.length,
  seconds: elapsed,
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
  ...problems,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
