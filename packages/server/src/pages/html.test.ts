import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html, render, safeHref, safeImage } from './html.ts';

const unescaped = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: 'amp' | 'lt' | 'gt' | 'quot' | '#39') => {
    return { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }[name];
  });

// Strings in which the characters that mean something in HTML are not rare.
const hostile = fc.string({
  unit: fc.oneof(fc.constantFrom('&', '<', '>', '"', "'", '&lt;', '</'), fc.string({ unit: 'grapheme' })),
});

describe('html', () => {
  test('no value can leave the place where it stands, and none is changed', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [, attribute = '', content = ''] =
          /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(render(html`<p title="${text}">${text}</p>`)) ?? [];
        expect([unescaped(attribute), unescaped(content)]).toEqual([text, text]);
      }),
    );
  });

  test('HTML stands as it is, once escaped', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const inner = html`<b>${text}</b>`;
        expect(render(html`<p>${inner}</p>`)).toBe(`<p>${render(inner)}</p>`);
      }),
    );
  });

  test('lists are joined; nothing, false and undefined leave no trace; zero does', () => {
    expect(render(html`<p>${[html`<b>${1}</b>`, '<', [0]]}${null}${undefined}${false}${''}</p>`)).toBe(
      '<p><b>1</b>&lt;0</p>',
    );
  });

  test('what came as JSON is never taken for HTML', () => {
    const forged = JSON.parse('{"html":"<script>","Symbol(html)":"<script>"}');
    expect(() => render(html`<p>${forged}</p>`)).toThrow();
  });
});

test.each([
  ['https://app.example/back?a=b', true],
  ['/trelica/account', true],
  ['?prompt=login', true],
  ['com.example.app:/signed-out', true],
  ['otpauth://totp/Acme:ada?secret=ABC', true],
  ['javascript:alert(1)', false],
  [' \tJaVa\nScRiPt:alert(1)', false],
  ['\u0001javascript:alert(1)', false],
  ['data:text/html,<script>', false],
  ['vbscript:x', false],
  ['blob:https://app.example/x', false],
  ['file:///etc/passwd', false],
  ['https://[', false],
])('a link to %j is made: %s', (href, made) => {
  expect(safeHref(href)).toBe(made ? href : undefined);
});

test.each([
  ['https://app.example/logo.png', true],
  ['data:image/png;base64,AAAA', true],
  ['http://app.example/logo.png', false],
  ['data:text/html,x', false],
  ['javascript:alert(1)', false],
  ['//app.example/logo.png', false],
  [null, false],
  [undefined, false],
])('an image from %j is shown: %s', (uri, shown) => {
  expect(safeImage(uri)).toBe(shown ? uri : undefined);
});
