// The messages between a worker and its supervisor.

/** What a server says of itself once it accepts requests. */
export interface Listening {
  readonly origin: string;
  /** The URL that is listened on. */
  readonly address: string;
  readonly issuers: readonly { readonly name: string; readonly issuer: string }[];
}

export type FromWorker =
  | { readonly type: 'listening'; readonly server: Listening }
  /** Sent every second: a worker whose event loop is stuck sends none. */
  | { readonly type: 'alive' }
  | { readonly type: 'status'; readonly question: number; readonly status: unknown }
  | Note;

/** For the other workers; the supervisor passes it on. */
export interface Note {
  readonly type: 'note';
  readonly topic: string;
  readonly note: unknown;
}

export type FromSupervisor = { readonly type: 'status?'; readonly question: number } | Note;

export const aliveEveryMs = 1000;
