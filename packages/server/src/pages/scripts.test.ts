import { Script } from 'node:vm';
import { expect, test } from 'vitest';
import { pageScript, passkeyScript } from './scripts.ts';

test.each([
  ['passkey.js', passkeyScript],
  ['page.js', pageScript],
])('%s is JavaScript, strict, and needs nothing that the policy forbids', (name, text) => {
  expect(() => new Script(text, { filename: name })).not.toThrow();
  expect(text).toMatch(/^'use strict';/);
  expect(text).not.toMatch(/\beval\(|\bFunction\(|innerHTML|\.style\b/);
});

// RFC 9700 §4.17: an answer to an app is never a message to another window.
test.each([passkeyScript, pageScript])('it speaks to no other window', (text) => {
  expect(text).not.toMatch(/postMessage|'message'|opener|BroadcastChannel|MessageChannel|\bparent\b/);
});
