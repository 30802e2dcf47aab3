import { expect, test } from 'vitest';
import {
  errorPage,
  formPostPage,
  icon,
  type PageContext,
  selectAccountPage,
  signedOutPage,
  totpSetupPage,
} from './index.ts';

const c: PageContext = { language: 'en', theme: { name: 'Acme' }, base: '/acme/account' };

test('a link that would run something is no link', () => {
  const links = {
    action: '/',
    csrf: 'x',
    user: 'Ann',
    client_name: 'The app',
    other_href: 'javascript:alert(1)',
  };
  expect(selectAccountPage(c, links)).not.toContain('javascript:');
});

test.each([
  [{ status: 400, reason_hint: 'client_unknown' }, 'This app is not known here'],
  [{ status: 400, reason_hint: 'redirect_uri' }, 'This link is not safe to follow'],
  [{ status: 404 }, 'There is nothing here'],
  [{ status: 429 }, 'Too many requests'],
  [{ status: 403 }, 'This did not work'],
  [{ status: 503 }, 'Something went wrong'],
] as const)('the error %j is headed "%s"', (error, heading) => {
  const document = errorPage(c, { description: '', request_id: 'r-1', ...error });
  expect(document).toContain(`<h1>${heading}</h1>`);
  expect(document).toContain('<code>r-1</code>');
  expect(document).toContain('<a href="/acme/account"');
});

test('a form post carries its parameters and is sent by the script', () => {
  const document = formPostPage(c, {
    action: 'https://app.example/cb',
    parameters: { code: 'a&b', submit: '1' },
  });
  expect(document).toContain('<form method="post" action="https://app.example/cb" data-submit="now">');
  expect(document).toContain('<input type="hidden" name="code" value="a&amp;b">');
  expect(document).toContain('<script src="/acme/account/page.js" defer>');
});

test('a theme without a name leaves no gap', () => {
  const document = signedOutPage({ ...c, theme: { name: '' } });
  expect(document).toContain('<title>You are signed out</title>');
  expect(document).not.toContain('<header');
});

test('the QR code is an image, which runs nothing', () => {
  const qr_svg = '<svg onload="alert(1)"><script>alert(1)</script></svg>';
  const document = totpSetupPage(c, {
    csrf: 'x',
    action: '/x',
    secret: 'ABCDEFGH',
    otpauth_uri: 'otpauth://totp/x',
    qr_svg,
  });
  expect(document).toContain(
    `<img class="qr" src="data:image/svg+xml,${encodeURIComponent(qr_svg).replaceAll("'", '&#39;')}"`,
  );
  expect(document).not.toContain('onload=');
  expect(document).toContain('<code class="secret">ABCD EFGH</code>');
});

test.each([
  ['Acme', '#ffe000', '>A</text>'],
  ['<b>', 'red" onload="alert(1)', '>&lt;</text>'],
  ['👩‍🚀 Space', undefined, '>👩‍🚀</text>'],
  ['', undefined, '</text>'],
])('the icon of %j has its first letter, and runs nothing', (name, color, letter) => {
  const svg = icon(name, color);
  expect(svg).toContain(letter);
  expect(svg).not.toMatch(/onload|<b>/);
});
