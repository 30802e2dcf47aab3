// What a test can say to a running mock.

import type { ChosenClaims, ClaimChoice, MockClaims } from './claims.ts';
import type { Move } from './clock.ts';
import type { FaultRule, Faults } from './faults.ts';
import type { MockOptions } from './options.ts';
import type { RecordedRequest } from './requests.ts';

/** A running mock. Methods throw an Error with a sentence where what they are given cannot be. */
export interface Mock extends AsyncDisposable {
  /** Where it listens: the base URL for the client that is to be tested. */
  readonly url: string;
  /** The issuer identifier: `url`, unless `public_url` says otherwise. */
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  /** Where a test in another process finds the methods below. */
  readonly control_url: string;
  /** The requests seen, oldest first; the newest 1000. */
  requests(): readonly RecordedRequest[];
  clearRequests(): void;
  now(): Date;
  /** Moves the clock: `1h`, `-1h`, or milliseconds. */
  advance(by: string | number): void;
  setClock(to: Move): void;
  /** From now on requests that fit the rule meet the fault. */
  fail(rule: FaultRule): void;
  faults(): ReturnType<Faults['list']>;
  clearFaults(): void;
  /** Adds members to access tokens of the token endpoint. */
  setClaims(claims: ChosenClaims, choice?: ClaimChoice): void;
  claims(): ReturnType<MockClaims['list']>;
  clearClaims(): void;
  /** From now on this is who is signed in at the authorization endpoint. */
  signIn(user: MockOptions['user'] & object): Promise<void>;
  /** Signs with a new key from now on; what the old one has signed still verifies. Gives the new `kid`. */
  rotateKeys(): Promise<string>;
  /** As it was started, for the next test; what tokens and codes it has given stay good. */
  reset(): void;
  close(): Promise<void>;
}
