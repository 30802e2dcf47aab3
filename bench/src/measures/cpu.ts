// The processor time of a process, user and system, in seconds: from /proc on Linux, elsewhere from ps.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** proc_pid_stat(5) counts in these; Linux shows it to programs as 100 whatever it counts in itself. */
const TICKS_PER_SECOND = 100;

export function cpuSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) ? fromProc(readFileSync(file, 'utf8')) : fromPs(pid);
}

function fromProc(stat: string): number {
  // The name of the program stands in brackets and may have blanks; what is counted here comes behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function fromPs(pid: number): number {
  const time = execFileSync('ps', ['-o', 'cputime=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return time.split(/[-:]/).reduce((sum, part, index, parts) => {
    const unit = [1, 60, 3600, 86_400][parts.length - 1 - index] ?? 0;
    return sum + Number(part) * unit;
  }, 0);
}
