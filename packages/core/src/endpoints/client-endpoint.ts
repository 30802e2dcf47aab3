// What endpoints with an authenticated client share: parameters, one client, one catch.

import {
  type Authenticated,
  authenticateClient,
  credentialParameters,
} from '../client-authentication/index.ts';
import type { EndpointName } from '../dialects/names.ts';
import { grantParameters, namedGrantType } from '../grants/index.ts';
import type { HttpResponse, Issuer } from '../model.ts';
import { invalidClient } from '../oauth-error.ts';
import { type ParameterRules, type Parameters, parseParameters } from '../parameters.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { renderError } from './render.ts';

type Serve = (
  parameters: Parameters,
  authenticated: Authenticated,
  context: EndpointContext,
) => Promise<HttpResponse>;

/** An endpoint that `serve`s authenticated clients; everything thrown below it is answered here. */
export function clientEndpoint<Name extends EndpointName>(
  data: Omit<Endpoint<Name>, 'handle' | 'clients'> & { readonly clients: 'any' | 'confidential' },
  serve: Serve,
): Endpoint<Name> {
  const { name, clients, reference } = data;
  const own = Object.keys(reference.parameters);
  const known = [...credentialParameters, ...own, ...(name === 'token' ? grantParameters : [])];
  const rulesOf = parameterRules(known);
  return {
    ...data,
    async handle(context) {
      const { request, issuer, ports } = context;
      let parameters: Parameters | undefined;
      let client_id: string | undefined;
      try {
        parameters = parseParameters(request, rulesOf(issuer));
        const authenticated = await authenticateClient(request, parameters, issuer, ports);
        client_id = authenticated.client.client_id;
        if (clients === 'confidential' && authenticated.authentication.method === 'none')
          throw invalidClient('public_client', { details: { client_id } });
        return await serve(parameters, authenticated, context);
      } catch (error) {
        const grant_type = name === 'token' ? namedGrantType(parameters, issuer) : undefined;
        return renderError(error, {
          request,
          issuer,
          endpoint: name,
          client_id,
          grant_type,
          audit: ports.audit,
          clock: ports.clock,
        });
      }
    },
  };
}

/** How requests of a dialect are read where these parameters are `known`; made once for each dialect. */
function parameterRules(known: readonly string[]): (issuer: Issuer) => ParameterRules {
  const made = new WeakMap<Issuer['dialect'], ParameterRules>();
  return ({ dialect }) => {
    const before = made.get(dialect);
    if (before !== undefined) return before;
    const rules: ParameterRules = {
      from: dialect.parameters_from,
      media: dialect.requests?.media,
      names: dialect.requests?.names,
      // RFC 8707 §2: resource may stand more than once.
      repeatable: dialect.scope.repeatable ? ['resource', 'scope'] : ['resource'],
      known,
    };
    made.set(dialect, rules);
    return rules;
  };
}
