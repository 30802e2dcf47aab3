// What the token endpoint and its siblings share: parameters, one authenticated client, one catch.

import { type Authenticated, authenticateClient } from '../client-authentication/index.ts';
import { namedGrantType } from '../grants/index.ts';
import type { HttpRequest, HttpResponse, Issuer } from '../model.ts';
import { type Parameters, parseParameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { renderError } from './render.ts';

export type Endpoint = (request: HttpRequest, issuer: Issuer, ports: Ports) => Promise<HttpResponse>;

/** An endpoint that `serve`s authenticated clients; everything thrown below it is answered here. */
export function clientEndpoint(
  endpoint: string,
  serve: (
    parameters: Parameters,
    authenticated: Authenticated,
    context: EndpointContext,
  ) => Promise<HttpResponse>,
): Endpoint {
  return async (request, issuer, ports) => {
    let parameters: Parameters | undefined;
    let client_id: string | undefined;
    try {
      parameters = parseParameters(request, parameterRules(issuer));
      const authenticated = await authenticateClient(request, parameters, issuer, ports);
      client_id = authenticated.client.client_id;
      return await serve(parameters, authenticated, { request, issuer, ports });
    } catch (error) {
      const grant_type = endpoint === 'token' ? namedGrantType(parameters) : undefined;
      return renderError(error, { request, issuer, endpoint, client_id, grant_type, audit: ports.audit });
    }
  };
}

export interface EndpointContext {
  readonly request: HttpRequest;
  readonly issuer: Issuer;
  readonly ports: Ports;
}

const parameterRules = ({ dialect }: Issuer) => ({
  from: dialect.parameters_from,
  // RFC 8707 §2: resource may stand more than once.
  repeatable: dialect.scope.repeatable ? ['resource', 'scope'] : ['resource'],
});
