// npm ci runs it: loads every command once, so that the first start of each finds its types stripped.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../packages/server/bin/tessera.js');
execFileSync(process.execPath, [program, 'completion', 'bash'], { stdio: ['ignore', 'ignore', 'inherit'] });
