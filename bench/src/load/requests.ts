// One bounded run of requests that all differ, in a child process of its own; the other load generators repeat one request.

import { fileURLToPath } from 'node:url';
import type { Target } from '../subjects/subjects.ts';
import type { LoadResult } from './result.ts';
import { runForLine } from './run.ts';

export type RequestsInput = {
  url: string;
  requests: Omit<Target, 'url'>[];
  seconds: number;
  connections: number;
};

/** `ok` is how many were answered with 200: the first so many of `requests`. */
export async function runRequests(input: RequestsInput): Promise<LoadResult & { ok: number }> {
  const child = fileURLToPath(new URL('./requests-child.ts', import.meta.url));
  const { seconds } = input;
  const line = await runForLine('the load', process.execPath, [child], JSON.stringify(input), seconds);
  const number = (key: string) => Number(line[key] ?? 0);
  return {
    ok: number('ok'),
    tokensPerSecond: number('ok') / number('seconds'),
    p50: number('p50'),
    p99: number('p99'),
    problems: {
      'answers that are not 200': number('refused'),
      'broken connections': number('broken'),
      timeouts: number('stuck'),
    },
  };
}
