// Chooses the load generator: wrk if it is installed, or else autocannon; both are called in the same way.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runAutocannon } from './autocannon.ts';
import type { Load, LoadName } from './result.ts';
import { runWrk } from './wrk.ts';

export const CONNECTIONS = 16;

function findWrk(): string | undefined {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'wrk');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

export function chooseLoad(name: LoadName | undefined): Load {
  const wrk = name === 'autocannon' ? undefined : findWrk();
  if (wrk) return { name: 'wrk', run: (target, seconds) => runWrk(wrk, target, seconds, CONNECTIONS) };
  if (name === 'wrk') throw new Error('wrk is not on PATH');
  return { name: 'autocannon', run: (target, seconds) => runAutocannon(target, seconds, CONNECTIONS) };
}
