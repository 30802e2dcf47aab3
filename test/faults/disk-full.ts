// The disk under SQLite is full: no file may grow. A limit on what the processes may write stands for it, since to fill a
// disk would need one of its own: SQLite gets an error for each write, as from a disk, and reads go on.

import { spawnSync } from 'node:child_process';
import { makeTempDir, removeTempDir } from '../../bench/src/subjects/processes.ts';
import { type Proof, scaled } from './proof.ts';
import { whileAway } from './support/away.ts';
import { Ledger } from './support/ledger.ts';
import { expectNoFaults, pause, startTessera, type Tessera } from './support/tessera.ts';

const fullMs = 20_000;

export const diskFull: Proof = {
  name: 'disk-full',
  async run(circumstances) {
    const data = makeTempDir();
    const ledger = await Ledger.open({ data });
    const server = await startTessera({ data }, { workers: 2 });
    try {
      ledger.start([server.origin]);
      await pause(2000);
      const figure = await whileAway(server, scaled(fullMs, circumstances), async () => {
        limitFiles(server, '4096');
        return () => limitFiles(server, 'unlimited');
      });
      await pause(1000);
      await ledger.stop();
      await ledger.check();
      ledger.expectRefusals();
      expectNoFaults(server);
      return `${ledger.told}; ${figure}`;
    } finally {
      await server.kill();
      removeTempDir(data);
    }
  },
};

/** Bytes that a file may have; the hard limit stays, so that nobody special has to raise it again (setrlimit(2)). */
function limitFiles({ workers }: Tessera, most: string): void {
  for (const pid of workers) {
    const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${most}:unlimited`], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`prlimit, of util-linux, did not work: ${stderr}`);
  }
}
