// What a test can do with a running mock.

import type { ChosenClaims, ClaimChoice, MockClaims } from './claims.ts';
import type { ClockMove } from './clock.ts';
import type { ActiveFault, FaultRule } from './faults.ts';
import type { MockOptions } from './options.ts';
import type { RecordedRequest } from './requests.ts';

/** A running mock. Its methods throw an Error that says what to change if an argument is not valid. */
export interface Mock extends AsyncDisposable {
  /** The origin that it listens on: the base URL for the client under test. */
  readonly url: string;
  /** The issuer identifier (RFC 8414 §2): `url`, unless the option `public_url` says otherwise. */
  readonly issuer: string;
  /** The URL of the token endpoint (RFC 6749 §3.2). */
  readonly token_endpoint: string;
  /** The URL of the key set (RFC 7517 §5). */
  readonly jwks_uri: string;
  /** The base URL at which a test in another process finds the methods below. */
  readonly control_url: string;
  /** The requests received, oldest first; the last 1000. */
  requests(): readonly RecordedRequest[];
  /** Forgets the requests received. */
  clearRequests(): void;
  /** The time by the mock's clock. */
  now(): Date;
  /** Moves the clock by milliseconds, or by a duration such as `1h` or `-1h`. */
  advance(by: string | number): void;
  /** Moves the clock, or sets it to a time between 1970 and 9999. */
  setClock(to: ClockMove): void;
  /** Makes matching requests fail from now on. */
  fail(rule: FaultRule): void;
  /** The faults in force, in the order in which they were added. */
  faults(): readonly ActiveFault[];
  /** Ends all faults. */
  clearFaults(): void;
  /** Adds claims to the access tokens of the token endpoint. Claims that verifiers act on need `override`. */
  setClaims(claims: ChosenClaims, choice?: ClaimChoice): void;
  /** The claims that are added, for all clients and by client. */
  claims(): ReturnType<MockClaims['list']>;
  /** Adds no claims from now on. */
  clearClaims(): void;
  /** Signs a user in at the authorization endpoint, in place of the one before. */
  signIn(user: MockOptions['user'] & object): Promise<void>;
  /** Signs with new keys from now on, and gives the `kid` of access tokens; what the old ones have signed still verifies. */
  rotateKeys(): Promise<string>;
  /** Restores the state of the start, for the next test; issued tokens and codes stay good. */
  reset(): void;
  /** Stops the mock and drops its database. */
  close(): Promise<void>;
}
