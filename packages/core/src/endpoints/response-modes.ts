// How the answer to an authorization request is sent (RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Type Encoding
// Practices §2.1, OAuth 2.0 Form Post Response Mode 1.0).

import type { ResponseMode } from '../dialects/names.ts';
import type { HttpResponse, Recipient } from '../model.ts';
import { withQuery } from '../request/redirect-uri.ts';
import type { EndpointContext } from './endpoint.ts';

type Send = (
  recipient: Recipient,
  parameters: Readonly<Record<string, string>>,
  context: EndpointContext,
) => HttpResponse | Promise<HttpResponse>;

export const responseModes = {
  query: ({ redirect_uri }, parameters, context) => redirect(withQuery(redirect_uri, parameters), context),
  fragment: ({ redirect_uri }, parameters, context) =>
    redirect(`${redirect_uri}#${new URLSearchParams(parameters)}`, context),
  form_post: (recipient, parameters, { request, issuer, ports }) =>
    ports.interaction.formPost(recipient, parameters, request, issuer),
} as const satisfies Readonly<Record<ResponseMode, Send>>;

const redirect = (location: string, { request }: EndpointContext): HttpResponse => ({
  // RFC 9700 §2.6: never 307, which would send the user's form on to the client.
  status: 303,
  headers: {
    Location: location,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Request-Id': request.id,
  },
  body: '',
});
