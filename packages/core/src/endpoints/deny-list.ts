// The deny-list: a signed document of revocations, for APIs that verify tokens without asking. Tessera's own.

import { createHash } from 'node:crypto';
import type { Issuer } from '../model.ts';
import type { Ports, Revocations, SigningKey } from '../ports.ts';
import { signPayload } from '../tokens/mint.ts';
import { denyListJson } from './deny-list-json.ts';
import type { Endpoint } from './endpoint.ts';
import { publicDocument } from './public-document.ts';

interface Signed {
  readonly revocations: Revocations;
  readonly iat: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly document: Promise<{ readonly body: string; readonly etag: string }>;
}

/** Seconds. `iat` is rounded to them, so that all processes publish the same document under the same ETag. */
const period = 60;
/** Seconds for which an API may go on using it. */
const lifetime = 300;
/** Milliseconds between two signatures at least, however often it changes. */
const pause = 1000;

/** The newest document of each issuer, by its key. */
const newest = new WeakMap<SigningKey, Signed>();

export const denyList: Endpoint<'deny_list'> = {
  name: 'deny_list',
  methods: ['GET', 'HEAD'],
  cross_origin: true,
  // Tessera's own: RFC 8414 §2 lets there be more, and by its name nobody takes it for a registered one.
  metadata_uri: 'tessera_deny_list_uri',
  async handle({ request, issuer, ports }) {
    const { body, etag } = await current(issuer, ports);
    return publicDocument(request, { type: 'application/deny-list+jwt', etag, seconds: 1, body });
  },
  reference: {
    is: 'the tokens, grants and clients that were revoked, for APIs that verify tokens without asking; Tessera’s own',
    parameters: {},
    answer:
      'a JWT of type `deny-list+jwt`, signed by the issuer’s key; it may be kept for a second, and has an `ETag`',
    errors: { server_error: 'dialect' },
  },
};

function current(issuer: Issuer, ports: Ports): Signed['document'] {
  const key = ports.keys.signingKey(issuer.name);
  const at = ports.clock.now();
  const iat = Math.floor(at / 1000 / period) * period;
  const revocations = ports.store.revocations(issuer.name);
  const known = newest.get(key);
  const good = known?.iat === iat && (known.revocations === revocations || at - known.at < pause);
  if (known !== undefined && good) return known.document;
  const document = sign(revocations, iat, issuer, key);
  newest.set(key, { revocations, iat, at, document });
  // After a failure the next request signs anew.
  document.catch(() => newest.delete(key));
  return document;
}

async function sign(revocations: Revocations, iat: number, { issuer }: Issuer, key: SigningKey) {
  const digest = createHash('sha256').update(key.kid);
  let payload = '';
  const claims = { iss: issuer, iat, exp: iat + period + lifetime };
  for (const piece of denyListJson(claims, revocations)) {
    // JSON allows spaces there: whole groups of base64, so that each piece is encoded by itself.
    const bytes = Buffer.from(piece + ' '.repeat((3 - (Buffer.byteLength(piece) % 3)) % 3));
    digest.update(bytes);
    payload += bytes.toString('base64url');
    await new Promise((resolve) => setImmediate(resolve));
  }
  const body = await signPayload('deny-list+jwt', payload, key);
  return { body, etag: `"${digest.digest('base64url').slice(0, 22)}"` };
}
