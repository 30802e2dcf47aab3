// One bounded run of autocannon, in a child process of its own so that this program does not slow it down.

import { fileURLToPath } from 'node:url';
import type { Target } from '../subjects/subjects.ts';
import type { LoadResult } from './result.ts';
import { runForLine } from './run.ts';

export async function runAutocannon(
  target: Target,
  seconds: number,
  connections: number,
): Promise<LoadResult> {
  const child = fileURLToPath(new URL('./autocannon-child.ts', import.meta.url));
  const input = JSON.stringify({ target, seconds, connections });
  const line = await runForLine('autocannon', process.execPath, [child], input, seconds);
  const number = (key: string) => Number(line[key] ?? 0);
  return {
    tokensPerSecond: number('ok') / number('seconds'),
    p50: number('p50'),
    p99: number('p99'),
    problems: {
      'answers that are not 2xx': number('not_2xx'),
      'connection errors': number('errors') - number('timeouts'),
      timeouts: number('timeouts'),
    },
  };
}
