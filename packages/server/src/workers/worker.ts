// A worker's side: it tells its supervisor how it is. Without its supervisor it ends, as node:cluster has it.

import { aliveEveryMs, type FromSupervisor, type FromWorker, type Listening } from './messages.ts';

/** To be called once it accepts requests; `status` answers for it from then on. */
export function reportToSupervisor(server: Listening, status: () => Promise<unknown>): void {
  // A supervisor that is gone is no error of this process.
  const send = (message: FromWorker) => void process.send?.(message, undefined, undefined, () => {});
  send({ type: 'listening', server });
  setInterval(() => send({ type: 'alive' }), aliveEveryMs).unref();
  process.on('message', async ({ type, question }: FromSupervisor) => {
    if (type === 'status?') send({ type: 'status', question, status: await status() });
  });
  // It is the supervisor's to answer; a terminal that is closed sends it to all of them.
  process.on('SIGHUP', () => {});
}
