// The memory of a process, in MB of 1024 * 1024 bytes: from /proc on Linux, elsewhere sampled from ps.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 250;

function fromProc(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!match) throw new Error(`/proc/${pid}/status has no ${field}`);
  return Number(match[1]) / 1024;
}

function fromPs(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim()) / 1024;
}

function hasProc(pid: number): boolean {
  return existsSync(`/proc/${pid}/status`);
}

export function residentMb(pid: number): number {
  return hasProc(pid) ? fromProc(pid, 'VmRSS') : fromPs(pid);
}

/** Watches a process; the returned function stops watching and gives the peak. */
export function watchPeak(pid: number): () => number {
  if (hasProc(pid)) return () => fromProc(pid, 'VmHWM');
  let peak = fromPs(pid);
  const sample = () => {
    peak = Math.max(peak, fromPs(pid));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    sample();
    return peak;
  };
}
