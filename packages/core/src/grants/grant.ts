// What a grant type is: the parameters it reads, and an Authorization at the end (RFC 6749 §1.3).

import type { GrantType } from '../dialects/names.ts';
import type { Authorization, Client, ClientAuthentication, HttpRequest, Issuer } from '../model.ts';
import type { ParameterDescriptions, Parameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';

interface GrantContext {
  readonly request: HttpRequest;
  readonly client: Client;
  readonly authentication: ClientAuthentication;
  readonly issuer: Issuer;
  readonly ports: Ports;
}

export interface Grant<Type extends GrantType = GrantType> {
  readonly grant_type: Type;
  /** What it is, in a few words, with its RFC. */
  readonly is: string;
  /** All that it reads; anything else in the request does not reach it. */
  readonly parameters: ParameterDescriptions;
  /** What a client must have to be registered for it. */
  readonly requires: readonly ('secret' | 'redirect_uri')[];
  /** Throws an OAuthError where the request is refused. */
  authorize(parameters: Parameters, context: GrantContext): Promise<Authorization>;
}
