// The worker's side: it reports to its supervisor. Where the supervisor is gone, node:cluster ends the worker.

import cluster from 'node:cluster';
import type { Peers } from '../../model.ts';
import { aliveEveryMs, type FromSupervisor, type FromWorker, type Listening } from './messages.ts';

/** A supervisor that is gone is no error here. */
const send = (message: FromWorker) => void process.send?.(message, undefined, undefined, () => {});

/** The other workers; undefined where this process is the only one. */
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

/** To be called once the worker accepts requests; `status` is asked for from then on. */
export function reportToSupervisor(server: Listening, status: () => Promise<unknown>): void {
  send({ type: 'listening', server });
  setInterval(() => send({ type: 'alive' }), aliveEveryMs).unref();
  process.on('message', async (message: FromSupervisor) => {
    if (message.type === 'status?')
      send({ type: 'status', question: message.question, status: await status() });
  });
  // A closed terminal sends it to every process; it is for the supervisor to act on.
  process.on('SIGHUP', () => {});
}
