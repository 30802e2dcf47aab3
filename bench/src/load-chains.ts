// One bounded run of refreshes, in a child process of its own. The existing load generators repeat one fixed request;
// here every request needs the answer of the one before.

import { fileURLToPath } from 'node:url';
import type { LoadResult } from './load.ts';
import type { RefreshTarget } from './refresh-chains.ts';
import { runForLine } from './run.ts';

export type ChainsResult = LoadResult & { rotations: number };

/** Puts into `tokens` those that the next run begins with. */
export async function runChains(
  target: RefreshTarget,
  tokens: string[],
  seconds: number,
): Promise<ChainsResult> {
  const child = fileURLToPath(new URL('./chains-child.ts', import.meta.url));
  const input = JSON.stringify({ target, tokens, seconds });
  const line = await runForLine('the refreshes', process.execPath, [child], input, seconds);
  const number = (key: string) => Number(line[key] ?? 0);
  tokens.splice(0, tokens.length, ...(line.tokens as string[]));
  return {
    rotations: number('ok'),
    tokensPerSecond: number('ok') / number('seconds'),
    p50: number('p50'),
    p99: number('p99'),
    problems: {
      'answers without a new refresh token': number('refused'),
      'broken connections': number('broken'),
      timeouts: number('stuck'),
    },
  };
}
