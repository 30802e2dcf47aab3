// A continuation: what a sign-in comes back to. One file a kind; docs/decisions/0013-continuations.md shows how to add one.

import type { HttpResponse, Ports } from '@tessera-oauth/core';
import type { Visit } from '../visit/visit.ts';

/**
 * What each kind holds. The account page is here because a sign-in that nobody asked for comes back to it; the file of
 * every other kind adds its own member (`declare module`), and the registry does not compile until it has them all.
 */
export interface Kinds {
  readonly account: object;
}

export type Kind = keyof Kinds;

/** What is sealed, and comes back: a union, told apart by `kind`. */
export type Continued<K extends Kind = Kind> = { [P in K]: { readonly kind: P } & Kinds[P] }[K];

/** A visit in the course of a sign-in; its `query` carries the continuation from page to page. */
export interface ContinuedVisit<K extends Kind = Kind> extends Visit {
  readonly continuation: Continued<K>;
}

/** What the sign-in page says of the app that the user signs in for. */
export interface AppShown {
  readonly client_name?: string | undefined;
  readonly login_hint?: string | undefined;
}

export type Answer =
  /** A new session has just been started for this user. */
  | { readonly answer: 'signed_in'; readonly user_id: string }
  /** A provider has signed the user in, and not as lately as was asked of it. */
  | { readonly answer: 'not_recent' }
  /** The user goes on with the session that the browser has. */
  | { readonly answer: 'account_selected' }
  /** The user has allowed this of what our consent page showed: all but the optional scopes that were not ticked. */
  | { readonly answer: 'allowed'; readonly scope: readonly string[] }
  /** The company's own page has signed the user in, and the user has allowed this scope: nothing more may be asked. */
  | { readonly answer: 'allowed_elsewhere'; readonly scope: readonly string[] }
  | { readonly answer: 'refused' };

/** What a kind does. */
export interface Continuation<K extends Kind = Kind> {
  /** How URLs carry it without a seal; absent: they carry it sealed. `read` is undefined for the query of another kind. */
  readonly plain?: {
    read(query: string): Continued<K> | undefined;
    write(continued: Continued<K>): string;
  };
  /** Whether a redirect after a form may end at another origin: the form's page then cannot forbid it. */
  readonly leads_away: boolean;
  /** Where what the user has yet to answer is asked; absent: at the sign-in page. */
  href?(visit: ContinuedVisit<K>): string;
  /** Parameters for an upstream provider (OpenID Connect Core 1.0 §3.1.2.1): `prompt`, `max_age`, `login_hint`. */
  upstreamParameters?(continued: Continued<K>): Readonly<Record<string, string>>;
  /** Calls `show` to show the sign-in page again, or answers otherwise where what was asked for cannot be had any more. */
  askToSignIn(
    visit: ContinuedVisit<K>,
    ports: Ports,
    show: (visit: ContinuedVisit, app: AppShown) => Promise<HttpResponse>,
  ): Promise<HttpResponse>;
  /** Goes on after the user's answer. The caller adds cookies. */
  resume(visit: ContinuedVisit<K>, answer: Answer, ports: Ports): Promise<HttpResponse>;
}
