// What a client authentication method is: a reader that finds a credential and a verifier that judges it (RFC 6749 §2.3).

import type { ClientAuthenticationMethodName } from '../dialects/names.ts';
import type { Client, ClientAuthentication, HttpRequest, Issuer } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import type { Reason } from '../reasons.ts';

/** What every presented credential says; each method adds what proves it. */
export interface PresentedCredential<
  Method extends ClientAuthenticationMethodName = ClientAuthenticationMethodName,
> {
  readonly method: Method;
  readonly client_id: string;
}

type Verdict =
  | { readonly authentication: ClientAuthentication }
  | { readonly reason: Reason; readonly cause?: string };

export interface VerificationContext {
  readonly request: HttpRequest;
  readonly issuer: Issuer;
  readonly ports: Ports;
}

export interface ClientAuthenticationMethod<Credential extends PresentedCredential = PresentedCredential> {
  readonly method: Credential['method'];
  /** Whether the Authorization header is where its credential stands. */
  readonly in_header: boolean;
  /** The readings of the credential that a request presents this way, most likely first; empty: it presents none. */
  read(request: HttpRequest, parameters: Parameters): readonly Credential[];
  /** The fast path: says yes at once, without I/O, where memory suffices. Undefined is no refusal. */
  verifyFast?(
    credential: Credential,
    client: Client | undefined,
    context: VerificationContext,
  ): ClientAuthentication | undefined;
  /** Says yes or no, by every means. An unknown client must take as long as a known one. */
  verify(
    credential: Credential,
    client: Client | undefined,
    context: VerificationContext,
  ): Verdict | Promise<Verdict>;
}
