import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contrast, readable, textOn } from './colour.ts';
import { stylesheet } from './style.ts';

const colour = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}`);

test('contrast is as WCAG counts it', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(readable('#3451d1', '#ffffff', 4.5)).toBe('#3451d1');
});

test('text on any colour can be read, and any colour is made so that it can be seen', () => {
  fc.assert(
    fc.property(colour, colour, (one, ground) => {
      expect(contrast(textOn(one), one)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(readable(one, ground, 4.5), ground)).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

/** The custom properties of the light scheme, then of the dark one. */
const schemesOf = (style: string) =>
  [...style.matchAll(/:root\{([^}]*)\}/g)].map(([, body = '']) =>
    Object.fromEntries(
      body.split(';').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    ),
  );

test('whatever the colour of the issuer, texts have a contrast of 4.5 and edges of 3, in both schemes', () => {
  fc.assert(
    fc.property(colour, (color) => {
      const schemes = schemesOf(stylesheet({ name: 'Acme', color }));
      expect(schemes).toHaveLength(2);
      for (const scheme of schemes) {
        const of = (one: string, other: string) =>
          contrast(scheme[`--${one}`] ?? '', scheme[`--${other}`] ?? '');
        for (const ground of ['ground', 'card', 'hover']) {
          for (const text of ['text', 'muted']) expect(of(text, ground)).toBeGreaterThanOrEqual(4.5);
        }
        for (const ground of ['ground', 'card']) {
          expect(of('link', ground)).toBeGreaterThanOrEqual(4.5);
          expect(of('accent-edge', ground)).toBeGreaterThanOrEqual(3);
        }
        for (const kind of ['problem', 'warning', 'done']) {
          expect(of(`${kind}-text`, `${kind}-ground`)).toBeGreaterThanOrEqual(4.5);
        }
        expect(of('problem-text', 'card')).toBeGreaterThanOrEqual(4.5);
        expect(of('problem-text', 'hover')).toBeGreaterThanOrEqual(4.5);
        expect(of('edge', 'card')).toBeGreaterThanOrEqual(3);
        expect(of('accent-text', 'accent')).toBeGreaterThanOrEqual(4.5);
        expect(of('accent-text', 'accent-hover')).toBeGreaterThanOrEqual(4.5);
        expect(scheme['--accent']).toBe(color);
      }
    }),
  );
});

test('what is no colour does not come into the stylesheet', () => {
  const plain = stylesheet({ name: 'Acme' });
  for (const color of ['red', '#fff', '#12345g', '#123456;}body{display:none', '']) {
    expect(stylesheet({ name: 'Acme', color })).toBe(plain);
  }
});
