// Values that several keys of the configuration have: texts of a form, whole numbers, durations.

import { z } from 'zod';

/** A text that is so; the same words say what is expected in place of a text that is not, and of what is none. */
export const text = (expected: string, fits: (text: string) => boolean) =>
  z.string(expected).refine(fits, expected);

/** A whole number; the words are for every value that is none. */
export const whole = (expected: string, least: number, most: number) =>
  z.int(expected).min(least, expected).max(most, expected);

const durationUnits = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Of a duration such as `90d`, `12h`, `10m` or `5s`; NaN for any other text. */
export function milliseconds(text: string): number {
  if (!/^\d{1,6}[smhd]$/.test(text)) return Number.NaN;
  return Number(text.slice(0, -1)) * durationUnits[text.slice(-1) as keyof typeof durationUnits];
}

const isBetween = (least: string, most: string, written: string): boolean =>
  milliseconds(written) >= milliseconds(least) && milliseconds(written) <= milliseconds(most);

/** A duration within bounds, as milliseconds. */
export const durationFrom = (least: string, most: string, example: string) =>
  text(`a duration from ${least} to ${most}, such as ${example}`, (written) =>
    isBetween(least, most, written),
  ).transform(milliseconds);

export const tokenReuseExpected = 'off, or a duration from 0s to 1h, such as 30s';

/** For how long a client that asks for the same gets the same token, as seconds; `off` is 0. */
export const tokenReuse = text(
  tokenReuseExpected,
  (written) => written === 'off' || isBetween('0s', '1h', written),
).transform((written) => (written === 'off' ? 0 : milliseconds(written) / 1000));
