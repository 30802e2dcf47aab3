// Contrast as WCAG 2.2 defines it (success criteria 1.4.3 and 1.4.11), for colours written #rrggbb.

const white = '#ffffff';
const black = '#000000';

export const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);

const channels = (colour: string): number[] =>
  [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));

/** Relative luminance: 0 is black, 1 is white. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = channels(colour)
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Between 1 and 21. */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** White where its contrast with `colour` is 4.5 or more; else black, whose contrast is then higher. */
export const textOn = (colour: string): string => (contrast(white, colour) >= 4.5 ? white : black);

/** `colour` with a `share` (0 to 1) of `other` in it. */
export function mix(colour: string, other: string, share: number): string {
  const parts = channels(other);
  const mixed = channels(colour).map((value, index) =>
    Math.round(value * (1 - share) + (parts[index] ?? 0) * share),
  );
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** `colour`, or the nearest shade of it whose contrast with `background` is `ratio` or more. */
export function readable(colour: string, background: string, ratio: number): string {
  const end = luminance(background) > 0.18 ? black : white;
  for (let share = 0; share < 1; share += 0.02) {
    const candidate = mix(colour, end, share);
    if (contrast(candidate, background) >= ratio) return candidate;
  }
  return end;
}
