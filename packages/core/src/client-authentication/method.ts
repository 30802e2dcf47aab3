// What a client authentication method is: a reader that finds a credential and a judge that weighs it.

import type { Client, ClientAuthentication, HttpRequest, Issuer } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';

/** One reading of what a request presents. */
export interface Credential {
  readonly client_id: string;
  /** Empty for a client without one. */
  readonly secret: string;
}

type Verdict = { readonly authentication: ClientAuthentication } | { readonly reason: string };

export interface ClientAuthenticationMethod {
  /** Its name in the IANA registry “OAuth Token Endpoint Authentication Methods”. */
  readonly name: string;
  /** The readings of the credential that a request presents this way, most likely first; none: it presents none. */
  read(request: HttpRequest, parameters: Parameters): readonly Credential[];
  /** Says yes at once where memory suffices for that; undefined is no refusal. */
  recognize(
    credential: Credential,
    client: Client | undefined,
    ports: Ports,
  ): ClientAuthentication | undefined;
  /**
   * Says yes or no, by every means; an unknown client takes as long as a known one. `admit` throws where too many have
   * failed; it is asked again before anything slow.
   */
  examine(
    credential: Credential,
    client: Client | undefined,
    issuer: Issuer,
    ports: Ports,
    admit: () => void,
  ): Verdict | Promise<Verdict>;
}
