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
  | { readonly type: 'status'; readonly question: number; readonly status: unknown }
  | Note;

/** Something for the other workers; the supervisor hands it on. */
export interface Note {
  readonly type: 'note';
  readonly topic: string;
  readonly note: unknown;
}

export type FromSupervisor = { readonly type: 'status?'; readonly question: number } | Note;

export const aliveEveryMs = 1000;
