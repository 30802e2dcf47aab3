// The request to sign out (OpenID Connect RP-Initiated Logout 1.0 §2): which client asks, and where the user goes then.

import type { Client, EndSessionRequest, HttpResponse } from '../model.ts';
import { about, invalidRequest, type OAuthError } from '../oauth-error.ts';
import { type ParameterDescriptions, type Parameters, parseParameters } from '../parameters.ts';
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

/**
 * A hint that does not fit, and a URI that is not registered, count for nothing: the user wants to sign out all the same,
 * and is sent nowhere. Throws what the user should be told of the form of the request.
 */
async function readEndSessionRequest(context: EndpointContext): Promise<EndSessionRequest> {
  const { request, issuer, ports } = context;
  const post = request.method === 'POST';
  const source = post ? request : { ...request, headers: {}, body: new Uint8Array() };
  const parameters = parseParameters(source, {
    from: post ? ['body'] : ['body', 'query'],
    names: issuer.dialect.requests?.names,
    known: Object.keys(endSessionParameters),
  });
  const id_token = parameters.get('id_token_hint');
  // A hint whose signing key is gone cannot be read, and does not count: the user is asked.
  const hint = id_token === undefined ? undefined : await readIdToken(id_token, issuer, ports);
  const client_id = parameters.get('client_id') ?? hint?.aud;
  // §2: "When both client_id and id_token_hint are present, the OP MUST verify" that they fit.
  const fits = hint === undefined || client_id === hint.aud;
  if (!fits)
    reportIgnored(
      invalidRequest(
        'id_token_hint_of_another_client',
        'The id_token_hint is of another app.',
        about('client_id', client_id),
      ),
      context,
    );
  const client = client_id === undefined ? undefined : await ports.store.findClient(issuer.name, client_id);
  return {
    client,
    continue_uri: fits ? readContinueUri(parameters, client, context) : undefined,
    hint: fits ? hint : undefined,
    ui_locales: parameters.get('ui_locales'),
  };
}

/** §3: an exact match with one that the client registered. */
function readContinueUri(
  parameters: Parameters,
  client: Client | undefined,
  context: EndpointContext,
): string | undefined {
  const uri = parameters.get('post_logout_redirect_uri');
  if (uri === undefined) return undefined;
  if (!client?.post_logout_redirect_uris.includes(uri)) {
    reportIgnored(unusable(uri, client, parameters), context);
    return undefined;
  }
  const state = parameters.get('state');
  return state === undefined ? uri : withQuery(uri, { state });
}

/** Why nobody is sent there. */
function unusable(uri: string, client: Client | undefined, parameters: Parameters): OAuthError {
  const client_id = parameters.get('client_id');
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
  if (parameters.get('id_token_hint') !== undefined)
    return invalidRequest(
      'id_token_hint_unreadable',
      'The id_token_hint is no ID token that this server can still read. Send the client_id beside it.',
    );
  return invalidRequest(
    'end_session_client_missing',
    'A post_logout_redirect_uri needs an id_token_hint or a client_id, which say whose it is.',
  );
}

const reportIgnored = (mistake: OAuthError, { request, issuer, ports }: EndpointContext): OAuthError =>
  reportRefusal(mistake, { request, issuer, endpoint: 'end_session', audit: ports.audit });

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
