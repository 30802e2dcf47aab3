// The request to sign out (OpenID Connect RP-Initiated Logout 1.0 §2): which client asks, and where the user goes then.

import type { Client, EndSessionRequest, HttpResponse } from '../model.ts';
import { about, invalidRequest } from '../oauth-error.ts';
import { type ParameterDescriptions, parseParameters } from '../parameters.ts';
import { withQuery } from '../request/redirect-uri.ts';
import { readIdToken } from '../tokens/id-token.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { reportRefusal } from './render.ts';

const endSessionParameters: ParameterDescriptions = {
  id_token_hint: {
    required: false,
    is: 'an ID token of the session that is meant: with it the user is not asked',
  },
  client_id: { required: false, is: 'the client, where there is no hint' },
  post_logout_redirect_uri: { required: false, is: 'where the user goes then; one that is registered' },
  state: { required: false, is: 'comes back with it' },
  ui_locales: { required: false, is: 'languages of the pages, in order of preference' },
};

/** Throws `invalid_request` for what the user should be told: a client or a URI that is not registered. */
async function readEndSessionRequest({
  request,
  issuer,
  ports,
}: EndpointContext): Promise<EndSessionRequest> {
  const post = request.method === 'POST';
  const source = post ? request : { ...request, headers: {}, body: new Uint8Array() };
  const parameters = parseParameters(source, {
    from: post ? ['body'] : ['body', 'query'],
    known: Object.keys(endSessionParameters),
  });
  const id_token = parameters.get('id_token_hint');
  const hint = id_token === undefined ? undefined : await readIdToken(id_token, issuer, ports);
  // A hint whose signing key is gone cannot be read, and does not count: the user is asked.
  const client_id = parameters.get('client_id') ?? hint?.aud;
  // §2: "When both client_id and id_token_hint are present, the OP MUST verify" that they fit.
  if (hint !== undefined && client_id !== hint.aud)
    throw invalidRequest(
      'id_token_hint_of_another_client',
      'The id_token_hint is of another app.',
      about('client_id', client_id),
    );
  const client = client_id === undefined ? undefined : await ports.store.findClient(issuer.name, client_id);
  const uri = parameters.get('post_logout_redirect_uri');
  if (uri !== undefined && !client?.post_logout_redirect_uris.includes(uri))
    throw unusable(uri, client, id_token !== undefined && hint === undefined, client_id);
  const state = parameters.get('state');
  return {
    client,
    continue_uri: uri === undefined || state === undefined ? uri : withQuery(uri, { state }),
    hint,
    ui_locales: parameters.get('ui_locales'),
  };
}

/** §3: nobody is sent to a URI that is no exact match with one that the client registered. Why it is none. */
function unusable(
  uri: string,
  client: Client | undefined,
  hintUnreadable: boolean,
  client_id: string | undefined,
) {
  if (client !== undefined)
    return invalidRequest(
      'post_logout_redirect_uri_unknown',
      'The post_logout_redirect_uri is not one that this app registered.',
      about('post_logout_redirect_uri', uri, { client_id: client.client_id }),
    );
  if (client_id !== undefined)
    return invalidRequest(
      'end_session_client_unknown',
      'No app is registered by this client_id.',
      about('client_id', client_id),
    );
  if (hintUnreadable)
    return invalidRequest(
      'id_token_hint_unreadable',
      'The id_token_hint is no ID token that this server can still read. Send the client_id beside it.',
    );
  return invalidRequest(
    'end_session_client_missing',
    'A post_logout_redirect_uri needs an id_token_hint or a client_id, which say whose it is.',
  );
}

async function handle(context: EndpointContext): Promise<HttpResponse> {
  const { request, issuer, ports } = context;
  try {
    return await ports.interaction.signOut(await readEndSessionRequest(context), request, issuer);
  } catch (thrown) {
    const refusal = reportRefusal(thrown, { request, issuer, endpoint: 'end_session', audit: ports.audit });
    return ports.interaction.refuse(refusal, request, issuer);
  }
}

export const endSession: Endpoint<'end_session'> = {
  name: 'end_session',
  methods: ['GET', 'POST'],
  cross_origin: false,
  needs: 'authorization',
  metadata_uri: 'end_session_endpoint',
  handle,
  reference: {
    is: 'signs a user out at an app’s request (OpenID Connect RP-Initiated Logout 1.0 §2)',
    parameters: endSessionParameters,
    answer: 'a page that asks, or a redirect of status 303',
    errors: {},
  },
};
