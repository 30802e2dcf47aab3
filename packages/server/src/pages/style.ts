// The stylesheet: one accent colour, which the issuer chooses, on quiet greys, in a light and a dark scheme.

import { isColour, mix, readable, textOn } from './colour.ts';
import type { Theme } from './layout.ts';
import { rules } from './style-rules.ts';

/** Greys and the colours of messages; each text has a contrast of 4.5 with its background, each edge of a field 3. */
const schemes = {
  light: {
    ground: '#f5f6f8',
    card: '#ffffff',
    text: '#16191f',
    muted: '#565d6b',
    line: '#e1e4ea',
    edge: '#868d9b',
    hover: '#f0f2f5',
    'problem-text': '#9b1c1c',
    'problem-ground': '#fdf0f0',
    'warning-text': '#7a4200',
    'warning-ground': '#fff5e2',
    'done-text': '#1a5c34',
    'done-ground': '#edf8f0',
  },
  dark: {
    ground: '#101216',
    card: '#191c22',
    text: '#eceef2',
    muted: '#a6adba',
    line: '#2c313a',
    edge: '#6e7685',
    hover: '#22262e',
    'problem-text': '#ffb3ad',
    'problem-ground': '#3a1b1d',
    'warning-text': '#ffd08a',
    'warning-ground': '#352710',
    'done-text': '#9be0b3',
    'done-ground': '#16301f',
  },
};

export const ownColour = '#3451d1';

/** `theme.color` is unchanged where it fills a button, and lightened or darkened for lines and text. */
export function stylesheet({ color }: Theme): string {
  const accent = color !== undefined && isColour(color) ? color : ownColour;
  return `:root{color-scheme:light dark;${properties(accent, 'light')}}
@media (prefers-color-scheme:dark){:root{${properties(accent, 'dark')}}}
${rules}`;
}

function properties(accent: string, scheme: keyof typeof schemes): string {
  const greys = schemes[scheme];
  const text = textOn(accent);
  // Links stand on two backgrounds: this is the one with the lower contrast.
  const background = scheme === 'light' ? greys.ground : greys.card;
  const colours = {
    ...greys,
    accent,
    'accent-text': text,
    // Away from the colour of the label, so that its contrast grows.
    'accent-hover': mix(accent, text === '#ffffff' ? '#000000' : '#ffffff', 0.14),
    'accent-edge': readable(accent, background, 3),
    link: readable(accent, background, 4.5),
  };
  return Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}
