// The mock's clock: that of the machine, moved by as much as a test says. It goes on running.

import { z } from 'zod';
import { duration } from '../config/schema.ts';
import { validate } from '../config/validation.ts';
import { UsageError } from '../model.ts';

/** Milliseconds, or a text such as `30s` or `1h`. */
export const span = z.union(
  [z.int().min(0), duration],
  'milliseconds, or a duration such as 30s, 10m, 12h or 90d',
);

const spans = 'milliseconds, or a duration such as 1h or -30s';

const move = z.union(
  [
    z.strictObject({
      /** By how much: milliseconds, or a duration such as `1h` or `-30s`. */
      advance: z.union([z.int(spans), z.string().regex(/^-?\d{1,6}[smhd]$/, spans)], spans),
    }),
    z.strictObject({
      /** The new time, in RFC 3339. */
      now: z.iso.datetime({ offset: true }),
    }),
  ],
  '{"advance": "1h"}, or back with a minus, or {"now": "2030-01-01T00:00:00Z"}',
);
/** How far to move the clock, or to what time. */
export type ClockMove = z.input<typeof move>;

export interface MockClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Throws a UsageError for a time before 1970 or after 9999. */
  move(to: ClockMove): void;
  /** Back to the machine's time. */
  reset(): void;
}

const latest = Date.UTC(10_000, 0) - 1;

export function createClock(): MockClock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    move(to) {
      const valid = validate(move, to, 'clock');
      const moved = 'now' in valid ? Date.parse(valid.now) - Date.now() : offset + spanOf(valid.advance);
      const moment = Date.now() + moved;
      if (moment < 0 || moment > latest)
        throw new UsageError('clock: got a time before 1970 or after 9999, expected one between');
      offset = moved;
    },
    reset() {
      offset = 0;
    },
  };
}

function spanOf(advance: number | string): number {
  if (typeof advance === 'number') return advance;
  return advance.startsWith('-') ? -duration.parse(advance.slice(1)) : duration.parse(advance);
}
