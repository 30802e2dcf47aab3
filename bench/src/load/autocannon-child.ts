// A child program: reads what to load from stdin as JSON, runs autocannon, prints the figures as JSON.

import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import { FORM } from '../measures/check.ts';
import type { Target } from '../subjects/subjects.ts';
import { percentile } from './percentile.ts';

type Input = { target: Target; seconds: number; connections: number };
const { target, seconds, connections } = JSON.parse(await text(process.stdin)) as Input;

// autocannon's own histogram counts whole milliseconds, too coarse here: every time is recorded instead.
const times: number[] = [];

const run = autocannon(
  {
    url: target.url,
    method: 'POST',
    headers: { authorization: target.authorization, 'content-type': FORM },
    body: target.body,
    connections,
    duration: seconds,
    timeout: 5,
  },
  (error, result) => {
    if (error) throw error;
    const figures = {
      ok: result['2xx'],
      seconds: result.duration,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      not_2xx: result.non2xx,
      errors: result.errors,
      timeouts: result.timeouts,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  },
);
run.on('response', (_client, _status, _bytes, ms) => times.push(ms));
