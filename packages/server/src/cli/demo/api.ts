// The API that the demo app calls: it knows the issuer's key set and nothing else, as an API of one's own would.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { urlBelow } from '@tessera-oauth/core';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { ServedIssuer } from '../../model.ts';
import { apiScope } from './flow.ts';

/** 200 with what the token allows; 401 and 403 as RFC 6750 §3.1 has them. */
export async function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  issuers: readonly ServedIssuer[],
): Promise<void> {
  const issuer = issuers.find(({ name }) => request.url === `/api/${name}`);
  const send = (status: number, body: object, challenge?: string) =>
    void response
      .writeHead(status, {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
        ...(challenge !== undefined && { 'WWW-Authenticate': challenge }),
      })
      .end(JSON.stringify(body));
  if (issuer === undefined) return send(404, { error: 'not_found' });
  const [, token = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  try {
    const keys = createRemoteJWKSet(new URL(urlBelow(issuer, issuer.dialect.paths.jwks)));
    const { payload } = await jwtVerify(token, keys, { issuer: issuer.issuer });
    const scope = apiScope(issuer.name);
    if (![payload.scope].flat().join(' ').split(/[ ,]/).includes(scope))
      return send(403, { error: 'insufficient_scope', scope }, `Bearer error="insufficient_scope"`);
    send(200, { message: `Hello. This token is valid, and it has the scope ${scope}.`, sub: payload.sub });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    send(401, { error: 'invalid_token' }, 'Bearer error="invalid_token"');
  }
}
