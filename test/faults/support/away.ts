// While something that a server needs is away: what its health says, and that requests do not pile up in its memory.

import { pause, type Tessera, until } from './tessera.ts';

/** In which what is gone has been found out. */
const noticedWithinMs = 6000;
const backWithinMs = 10_000;
/** MiB by which all processes together may grow from the middle of the time to its end. */
const growth = 32;

/** Keeps something away for so long. Gives, in words, when all was well again and what memory was taken. */
export async function whileAway(
  server: Tessera,
  ms: number,
  fault: () => Promise<() => Promise<void> | void>,
): Promise<string> {
  const before = await server.memory();
  const mend = await fault();
  const end = performance.now() + ms;
  await until('it is known', noticedWithinMs, async () => !(await server.health()).ready);
  await watch(server, (performance.now() + end) / 2);
  const middle = await server.memory();
  await watch(server, end);
  const after = await server.memory();
  await mend();
  const back = await until('the server is ready', backWithinMs, async () => (await server.health()).ready);
  if (after - middle > growth) throw new Error(`memory grew by ${(after - middle).toFixed(0)} MiB`);
  const sizes = [before, middle, after].map((size) => size.toFixed(0)).join(', ');
  return `ready ${(back / 1000).toFixed(1)} s after the end of ${(ms / 1000).toFixed(0)} s; ${sizes} MiB before, in the middle and at the end`;
}

/** Until that time it says that it lives, and is not ready. */
async function watch(server: Tessera, until: number): Promise<void> {
  while (performance.now() < until) {
    const { ready, live } = await server.health();
    if (ready || !live)
      throw new Error(`meanwhile it was ${ready ? 'ready' : 'not ready'}, ${live ? 'live' : 'not live'}`);
    await pause(250);
  }
}
