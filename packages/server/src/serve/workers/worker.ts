// A worker's side: it tells its supervisor how it is. Without its supervisor it ends, as node:cluster has it.

import cluster from 'node:cluster';
import type { Peers } from '../../model.ts';
import { aliveEveryMs, type FromSupervisor, type FromWorker, type Listening } from './messages.ts';

/** A supervisor that is gone is no error of this process. */
const send = (message: FromWorker) => void process.send?.(message, undefined, undefined, () => {});

/** The other workers, where there may be any. */
export function workersBeside<Value>(topic: string): Peers<Value> | undefined {
  if (!cluster.isWorker) return undefined;
  return {
    tell: (note) => send({ type: 'note', topic, note }),
    hear(listener) {
      process.on('message', (message: FromSupervisor) => {
        if (message.type === 'note' && message.topic === topic) listener(message.note as Value);
      });
    },
  };
}

/** To be called once it accepts requests; `status` answers for it from then on. */
export function reportToSupervisor(server: Listening, status: () => Promise<unknown>): void {
  send({ type: 'listening', server });
  setInterval(() => send({ type: 'alive' }), aliveEveryMs).unref();
  process.on('message', async (message: FromSupervisor) => {
    if (message.type === 'status?')
      send({ type: 'status', question: message.question, status: await status() });
  });
  // It is the supervisor's to answer; a terminal that is closed sends it to all of them.
  process.on('SIGHUP', () => {});
}
