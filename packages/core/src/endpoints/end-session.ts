// The request to sign out (OpenID Connect RP-Initiated Logout 1.0 §2): who asks, and where the user goes then.

import type { Client, HttpRequest, Issuer } from '../model.ts';
import { invalidRequest } from '../oauth-error.ts';
import { parseParameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { withQuery } from '../request/redirect-uri.ts';
import { type IdTokenHint, readIdToken } from '../tokens/id-token.ts';

export interface EndSessionRequest {
  readonly client: Client | undefined;
  /** With `state`, where the client gave one; undefined: nowhere. */
  readonly continue_uri: string | undefined;
  readonly hint: IdTokenHint | undefined;
  readonly ui_locales: string | undefined;
}

/** Throws `invalid_request` for what the user should be told: a client or a URI that is not registered. */
export async function readEndSessionRequest(
  request: HttpRequest,
  issuer: Issuer,
  ports: Ports,
): Promise<EndSessionRequest> {
  const post = request.method === 'POST';
  const source = post ? request : { ...request, headers: {}, body: new Uint8Array() };
  const parameters = parseParameters(source, { from: post ? ['body'] : ['body', 'query'], repeatable: [] });
  const id_token = parameters.get('id_token_hint');
  const hint = id_token === undefined ? undefined : await readIdToken(id_token, issuer, ports);
  // One that cannot be read any more, since keys have rotated, hints at nothing: then the user is asked.
  const client_id = parameters.get('client_id') ?? hint?.aud;
  // §2: "When both client_id and id_token_hint are present, the OP MUST verify" that they fit.
  if (hint !== undefined && client_id !== hint.aud)
    throw invalidRequest('id_token_hint_of_another_client', 'The id_token_hint is of another app.');
  const client = client_id === undefined ? undefined : await ports.store.findClient(issuer.name, client_id);
  const uri = parameters.get('post_logout_redirect_uri');
  // §3: an exact match with one that the client registered.
  if (uri !== undefined && !client?.post_logout_redirect_uris.includes(uri))
    throw invalidRequest(
      'post_logout_redirect_uri_unknown',
      'The post_logout_redirect_uri is not registered.',
    );
  const state = parameters.get('state');
  return {
    client,
    continue_uri: uri === undefined || state === undefined ? uri : withQuery(uri, { state }),
    hint,
    ui_locales: parameters.get('ui_locales'),
  };
}
