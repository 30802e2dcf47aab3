// A child program: connections that send their request byte by byte, or nothing, and are made anew when they are closed.
// To the port that it is given; without one, to a server of its own that takes them, and hangs up after ten seconds.
// Told a number, it keeps so many; told `drain`, it makes no more. Twice a second it says how things are.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SlowState {
  readonly open: number;
  /** By the server. */
  readonly closed: number;
  /** Milliseconds that the oldest of those lived. */
  readonly oldest: number;
}

const port = process.argv[2] === undefined ? await listen() : Number(process.argv[2]);
const head = 'POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n';
const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n';
/** What each kind sends at once; then a byte a second, but for the last, which is idle. */
const kinds = [head, head + form, ''];
/** Five hundred a second: all of them within the time that the server gives a request. */
const perTick = 25;
const tickMs = 50;

const open = new Map<Socket, number>();
let target = 0;
let made = 0;
let closed = 0;
let oldest = 0;

async function listen(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    setTimeout(() => socket.destroy(), 10_000);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

function add(): void {
  const first = kinds[made++ % kinds.length] ?? '';
  const socket = connect(port, '127.0.0.1');
  const started = performance.now();
  open.set(socket, started);
  if (first !== '') socket.write(first);
  const drip = first === '' ? undefined : setInterval(() => socket.write('x'), 1000);
  socket.resume();
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(drip);
    // Those that are taken down from here are not in the map any more.
    if (!open.delete(socket)) return;
    closed += 1;
    oldest = Math.max(oldest, performance.now() - started);
  });
}

setInterval(() => {
  for (let count = 0; count < perTick && open.size < target; count += 1) add();
}, tickMs);
setInterval(() => process.send?.({ open: open.size, closed, oldest } satisfies SlowState), 500);

process.on('message', (message: number | 'drain') => {
  if (message === 'drain') {
    target = 0;
    return;
  }
  target = message;
  for (const socket of open.keys()) {
    if (open.size <= target) break;
    open.delete(socket);
    socket.destroy();
  }
});
process.on('disconnect', () => process.exit());
