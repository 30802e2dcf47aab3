// Loaded before the program: its clock is wrong by as many milliseconds as a file says, and follows when that changes.
// The monotonic clock goes on as it was, as it does where a clock is set.

import { readFileSync } from 'node:fs';

const file = process.env.WRONG_CLOCK ?? '';
const RightDate = Date;
const rightNow = Date.now;
let offset = 0;

const read = () => {
  offset = Number(readFileSync(file, 'utf8'));
};
read();
setInterval(read, 20).unref();

const now = () => rightNow() + offset;
RightDate.now = now;
globalThis.Date = new Proxy(RightDate, {
  apply: () => new RightDate(now()).toString(),
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
});
