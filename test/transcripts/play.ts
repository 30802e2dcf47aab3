// Plays a transcript against a running server, byte for byte.

import { createHash } from 'node:crypto';
import { compactVerify, createRemoteJWKSet } from 'jose';
import { expect } from 'vitest';
import { bodyOf, describeToken, exchange, fill, mask, type Values } from './transcript.ts';

/** Seconds: of access tokens, of one that is asked to live shorter, and of refresh tokens. */
const lifetimes = [3600, 600, 900, 1800, 7200, 28_800, 86_399, 86_400, 30 * 86_400];

// OpenID Connect Core 1.0 section 3.1.3.6, for ES256 and RS256.
const halfHash = (token = '') =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');

/** Sends the request of a transcript to the server at `port`, and holds all that comes back against its response. */
export async function play(
  port: number,
  transcript: { request: string; response: string },
  values: Values = {},
): Promise<void> {
  const started = Math.floor(Date.now() / 1000);
  const length = (message: string) => ({ length: String(Buffer.byteLength(bodyOf(message))) });
  const request = await fill(transcript.request, values);
  const response = await exchange(port, await fill(request, length(request)));
  const body = bodyOf(response);
  const [token, id_token] = ['access_token', 'id_token'].map(
    (name) => new RegExp(`"${name}":"(.+?)"`).exec(body)?.[1],
  );
  const received = [response, describeToken(token), describeToken(id_token, 'id token')].join('');

  const now = Number(/"iat":(\d+)/.exec(received)?.[1] ?? started);
  expect(now >= started && now * 1000 <= Date.now(), 'iat is the time of this request').toBe(true);
  const times = {
    now: String(now),
    ...Object.fromEntries(lifetimes.map((s) => [`now+${s}`, String(now + s)])),
  };
  const known = { ...values, ...times, ...length(response), at_hash: halfHash(token) };
  const expected = await fill(transcript.response, known);
  expect(mask(received, expected)).toBe(expected);

  const keys = createRemoteJWKSet(new URL(String(values.jwks_uri)));
  for (const signed of [token, id_token]) if (signed !== undefined) await compactVerify(signed, keys);
  // RFC 6749 §5.2: "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E."
  const { error = '', error_description = '' } = body.startsWith('{') ? JSON.parse(body) : {};
  expect(error + error_description).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]*$/);
}
