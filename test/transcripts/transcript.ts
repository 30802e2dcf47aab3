// Transcripts: plain text files with a request, the response to it, and what the token in the response says.
//
//     # What this shows, and where that is written.
//     POST /path HTTP/1.1         the request, with {{values}} that are known before it is sent
//     --- response
//     HTTP/1.1 200 OK             the response, with {{values}}, and with {{patterns}} for what varies
//     --- token header
//     {"alg":…}                   the JSON text as it stands in the token, not as a parser would print it
//     --- token payload
//     {"iss":…}
//     --- id token header         likewise, where there is one
//     {"alg":…}
//     --- id token payload
//     {"iss":…}

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** The two messages as they are on the wire, but for names in braces; what the token says stands behind the second. */
export function parseTranscript(file: string): { request: string; response: string } {
  const [, messages = ''] = /^(?:# .*\n)+([\s\S]*)\n$/.exec(file) ?? [];
  const [request, answer] = messages.split('\n--- response\n');
  if (!request || !answer) throw new Error('expected a comment, a request, "--- response" and a response');
  const [response = '', ...token] = answer.split(/(?=\n--- token header\n)/);
  return { request: onTheWire(request), response: onTheWire(response) + token.join('') };
}

/** Ends the lines of a message's head as HTTP/1.1 does. The body stays as it is. */
function onTheWire(message: string): string {
  const [, head = '', body = ''] = /^([\s\S]+?)(?:\n\n([\s\S]*))?\n?$/.exec(message) ?? [];
  return `${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`;
}

export const bodyOf = (message: string): string => message.slice(message.indexOf('\r\n\r\n') + 4);

/** What a compact JWS says, in the sections of a transcript; nothing where there is none. */
export function describeToken(token: string | undefined, what = 'token'): string {
  if (token === undefined) return '';
  const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return `\n--- ${what} header\n${header}\n--- ${what} payload\n${payload}`;
}

/** By name; a function makes a new one for each transcript. */
export type Values = Readonly<Record<string, string | (() => Promise<string>)>>;

/** Puts values where their names stand in braces. */
export async function fill(message: string, values: Values): Promise<string> {
  let filled = message;
  for (const [name, value] of Object.entries(values)) {
    if (!message.includes(`{{${name}}}`)) continue;
    filled = filled.replaceAll(`{{${name}}}`, typeof value === 'string' ? value : await value());
  }
  return filled;
}

/** What cannot be known beforehand. */
const patterns: Readonly<Record<string, string>> = {
  jwt: '[\\w-]+\\.[\\w-]+\\.[\\w-]+',
  kid: '[\\w-]+',
  uuid: '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}',
  // The grant that a user's token is of, and a name of its own: 16 bytes each, base64url.
  grant_jti: '[\\w-]{22}\\.[\\w-]{22}',
  // A grant's 16 bytes, or with version and generation 21, and an HMAC of 32.
  new_code: '[\\w-]{64}',
  new_refresh_token: '[\\w-]{71}',
  request_id: '[\\w-]{8}-[0-9a-z]+',
  // 16 bytes, base64url.
  random: '[\\w-]{22}',
  iso8601: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ',
  // RFC 9110 §5.6.7: an IMF-fixdate.
  date: '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT',
};

/** `received`, with the expected line in place of each that matches it: what differs then is what is wrong. */
export function mask(received: string, expected: string): string {
  const lines = expected.split('\n');
  const masked = received.split('\n').map((line, index) => {
    const expected = lines[index] ?? '';
    return toPattern(expected).test(line) ? expected : line;
  });
  return masked.join('\n');
}

const toPattern = (line: string): RegExp =>
  new RegExp(
    `^${RegExp.escape(line).replace(/\\\{\\\{(\w+)\\\}\\\}/g, (braces, name) => patterns[name] ?? braces)}$`,
  );

/** Sends `request` and gives all that comes back before the server closes the connection. */
export function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(5000, () => socket.destroy(new Error('the server did not close the connection')));
  socket.write(request);
  return text(socket);
}
