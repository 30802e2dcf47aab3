// Loaded into the processes of a server: at SIGUSR2 each collects its garbage and says on stderr what is left.

import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGUSR2', () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  writeSync(2, `${JSON.stringify({ pid: process.pid, live: heapUsed + external })}\n`);
});
