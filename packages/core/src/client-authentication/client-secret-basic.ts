// client_secret_basic: HTTP Basic (RFC 6749 §2.3.1, RFC 7617).

import { isUtf8 } from 'node:buffer';
import { invalidRequest } from '../oauth-error.ts';
import { decodeFormComponent } from '../parameters.ts';
import { judgeSecret } from './client-secret.ts';
import type { ClientAuthenticationMethod, Credential } from './method.ts';

const scheme = /^basic +/i;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Reads the value of an Authorization header. RFC 6749 has both halves form-encoded and many clients send them as
 * they are: both readings are given where they differ. Throws `invalid_request` where it is Basic and malformed.
 */
export function readBasic(authorization: string): readonly Credential[] {
  const prefix = scheme.exec(authorization);
  if (prefix === null) return [];
  const encoded = authorization.slice(prefix[0].length).trimEnd();
  const bytes = Buffer.from(encoded, 'base64');
  const colon = bytes.indexOf(':');
  if (!base64.test(encoded) || colon === -1 || !isUtf8(bytes) || bytes.includes(0)) {
    throw invalidRequest(
      'basic_malformed',
      'The Authorization header is not Basic with the Base64 of client_id:client_secret in UTF-8.',
    );
  }
  // RFC 7617 §2: the first colon ends the user-id; a password may hold more.
  const literal = { client_id: bytes.toString('utf8', 0, colon), secret: bytes.toString('utf8', colon + 1) };
  const client_id = decodeFormComponent(literal.client_id);
  const secret = decodeFormComponent(literal.secret);
  if (client_id === undefined) return [literal];
  // No registered client_id holds a + or a %: one that does is encoded, and is one client however it is spelled.
  const asItIs = { client_id, secret: literal.secret };
  return secret === undefined || secret === literal.secret ? [asItIs] : [{ client_id, secret }, asItIs];
}

export const clientSecretBasic: ClientAuthenticationMethod = {
  name: 'client_secret_basic',
  read: ({ headers }) => (typeof headers.authorization === 'string' ? readBasic(headers.authorization) : []),
  ...judgeSecret('client_secret_basic'),
};
