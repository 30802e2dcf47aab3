// One bounded run of wrk: a Lua script holds the request and prints the figures as one line of JSON.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORM } from '../measures/check.ts';
import { makeTempDir, removeTempDir } from '../subjects/processes.ts';
import type { Target } from '../subjects/subjects.ts';
import type { LoadResult } from './result.ts';
import { runForLine } from './run.ts';

// wrk by itself counts only the statuses above 399 as errors, so the script counts every status that is not 2xx.
// A JSON string of plain ASCII is a Lua string too.
function script(target: Target): string {
  return `
local threads = {}
refused = 0
wrk.method = "POST"
wrk.body = ${JSON.stringify(target.body)}
wrk.headers["content-type"] = ${JSON.stringify(FORM)}
wrk.headers["authorization"] = ${JSON.stringify(target.authorization)}

function setup(thread)
  table.insert(threads, thread)
end

function response(status)
  if status < 200 or status > 299 then refused = refused + 1 end
end

function done(summary, latency)
  local not_2xx = 0
  for _, thread in ipairs(threads) do not_2xx = not_2xx + thread:get("refused") end
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"not_2xx":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    not_2xx, e.connect, e.read, e.write, e.timeout))
end
`;
}

export async function runWrk(
  wrk: string,
  target: Target,
  seconds: number,
  connections: number,
): Promise<LoadResult> {
  const directory = makeTempDir();
  try {
    const file = join(directory, 'request.lua');
    writeFileSync(file, script(target), { mode: 0o600 });
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '5s', '-s', file, target.url];
    const line = await runForLine('wrk', wrk, args, '', seconds);
    const number = (key: string) => Number(line[key] ?? 0);
    return {
      tokensPerSecond: number('requests') / (number('us') / 1e6),
      p50: number('p50_us') / 1000,
      p99: number('p99_us') / 1000,
      problems: {
        'answers that are not 2xx': number('not_2xx'),
        'connection errors': number('connect') + number('read') + number('write'),
        timeouts: number('timeout'),
      },
    };
  } finally {
    removeTempDir(directory);
  }
}
