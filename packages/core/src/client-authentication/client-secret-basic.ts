// client_secret_basic: HTTP Basic (RFC 6749 §2.3.1, RFC 7617).

import { isUtf8 } from 'node:buffer';
import { about, invalidRequest } from '../oauth-error.ts';
import { decodeFormComponent } from '../parameters.ts';
import { type SecretCredential, verifySecret } from './client-secret.ts';
import type { ClientAuthenticationMethod } from './method.ts';

type BasicCredential = SecretCredential<'client_secret_basic'>;

const method = 'client_secret_basic';
const scheme = /^basic +/i;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Reads the value of an Authorization header. RFC 6749 has both halves form-encoded and many clients send them as
 * they are: both readings are given where they differ. Throws `invalid_request` where it is Basic and malformed.
 */
export function readBasic(authorization: string): readonly BasicCredential[] {
  const prefix = scheme.exec(authorization);
  if (prefix === null) return [];
  const encoded = authorization.slice(prefix[0].length).trimEnd();
  const bytes = Buffer.from(encoded, 'base64');
  const colon = bytes.indexOf(':');
  if (!base64.test(encoded) || colon === -1 || !isUtf8(bytes) || bytes.includes(0)) {
    throw invalidRequest(
      'basic_malformed',
      'The Authorization header is not Basic with the Base64 of client_id:client_secret in UTF-8.',
      about('Authorization'),
    );
  }
  // RFC 7617 §2: the first colon ends the user-id; a password may hold more.
  const literal: BasicCredential = {
    method,
    client_id: bytes.toString('utf8', 0, colon),
    secret: bytes.toString('utf8', colon + 1),
  };
  const client_id = decodeFormComponent(literal.client_id);
  const secret = decodeFormComponent(literal.secret);
  if (client_id === undefined) return [literal];
  // No registered client_id holds a + or a %, so a client_id that does is encoded: both readings mean the same client.
  const asItIs = { ...literal, client_id };
  return secret === undefined || secret === literal.secret ? [asItIs] : [{ ...asItIs, secret }, asItIs];
}

export const clientSecretBasic: ClientAuthenticationMethod<BasicCredential> = {
  method,
  in_header: true,
  read: ({ headers }) => (typeof headers.authorization === 'string' ? readBasic(headers.authorization) : []),
  ...verifySecret(method),
};
