// Malformed requests: some are wrong in what they say, some in their bytes, lengths or size.

import type { Random } from './random.ts';
import type { Known } from './values.ts';
import { flipped, headBytes, type Malformed, wholeRequest } from './whole-requests.ts';

const lengths = ['-1', '1e3', '0x10', '', '9'.repeat(20), '$1, $1', '$1\r\nContent-Length: 3', '70000'];
const encodings = ['chunked', 'gzip', 'chunked, chunked', ' chunked', 'identity'];
const versions = ['HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/9.9', 'ICY', ''];
const hosts = ['Host : ', 'host:\r\nHost: ', 'X: ', ' Host: ', ':'];
const ends = ['\n', '\r', '\r\r\n', '\n\n', '\0'];
const expectations = ['Expect: 100-continue', 'Expect: x', 'Upgrade: websocket\r\nConnection: Upgrade'];
const connections = ['Connection: close', 'Connection: x, keep-alive'];

/** `brokenShare` of them are such that what follows on the connection cannot be told from them. */
export const malformed = (random: Random, known: Known, brokenShare: number): Malformed =>
  random.chance(brokenShare) ? brokenRequest(random, known) : wholeRequest(random, known);

function brokenRequest(random: Random, known: Known): Malformed {
  const { bytes, method } = wholeRequest(random, known);
  const text = bytes.toString('latin1');
  const put = (what: RegExp, by: string) => Buffer.from(text.replace(what, by), 'latin1');
  const cut = () => bytes.subarray(0, random.below(bytes.length));
  const broken = random.pick([
    () => flipped(random, bytes),
    cut,
    () => Buffer.concat([cut(), random.bytes(20), bytes]),
    () => put(/Content-Length: (\d+)/, `Content-Length: ${random.pick(lengths)}`),
    () => put(/Content-Length: \d+/, `$&\r\nTransfer-Encoding: ${random.pick(encodings)}`),
    () => put(/Transfer-Encoding: chunked/, '$&\r\nTrailer: x'),
    () => put(/HTTP\/1\.1/, random.pick(versions)),
    () => put(/Host: /, random.pick(hosts)),
    () => put(/\r\n/g, random.pick(ends)),
    () => put(/Host: /, `${random.pick([...expectations, ...connections])}\r\nHost: `),
    () => put(/Host: /, `X: ${'x'.repeat(16_000 + random.below(8000))}\r\nHost: `),
    () => put(/Host: /, `${'X: y\r\n'.repeat(2100)}Host: `),
    () => put(/ HTTP/, `${'&x='.repeat(random.below(9000))} HTTP`),
    () => large(random, known),
    () => random.bytes(1 + random.below(400)),
  ])();
  return { bytes: broken, whole: false, method };
}

/** A body around and beyond the limit. */
function large(random: Random, known: Known): Buffer {
  const { path } = random.pick(known.places);
  const body = Buffer.concat([Buffer.from('scope='), Buffer.alloc(60_000 + random.below(12_000), 'a%20')]);
  const lines = ['Host: localhost', 'Content-Type: application/x-www-form-urlencoded'];
  return Buffer.concat([
    headBytes([`POST ${path} HTTP/1.1`, ...lines, `Content-Length: ${body.length}`]),
    body,
  ]);
}
