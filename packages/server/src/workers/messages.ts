// What a worker and its supervisor tell each other.

/** What a server is, once it accepts requests. */
export interface Listening {
  readonly origin: string;
  readonly issuers: readonly { readonly name: string; readonly issuer: string }[];
}

export type FromWorker =
  | { readonly type: 'listening'; readonly server: Listening }
  /** Sent again and again: a worker whose event loop is stuck sends none. */
  | { readonly type: 'alive' }
  | { readonly type: 'status'; readonly question: number; readonly status: unknown };

/** The one question that a supervisor has. */
export interface FromSupervisor {
  readonly type: 'status?';
  readonly question: number;
}

export const aliveEveryMs = 1000;
