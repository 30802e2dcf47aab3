// What a grant type is: the parameters it reads, and an Authorization at the end (RFC 6749 §1.3).

import type { Authorization, Client, ClientAuthentication, Issuer } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';

interface GrantContext {
  readonly client: Client;
  readonly authentication: ClientAuthentication;
  readonly issuer: Issuer;
  readonly ports: Ports;
}

export interface Grant {
  readonly grant_type: string;
  /** All that it reads; anything else in the request does not reach it. */
  readonly parameters: readonly string[];
  authorize(parameters: Parameters, context: GrantContext): Promise<Authorization>;
}
