// What the account page shows.

import type { Scope } from './parts.ts';
import type { Strings } from './strings/index.ts';

/** Times in epoch milliseconds. */
export interface Account {
  readonly csrf: string;
  /** Where the forms post to: `/disconnect`, `/passkeys/add` and so on below it. */
  readonly action_base: string;
  readonly user: { readonly name: string; readonly login?: string | undefined };
  readonly apps: readonly ConnectedApp[];
  readonly sessions: readonly Session[];
  readonly passkeys: readonly Passkey[];
  readonly totp: boolean;
  readonly recovery_codes_left: number;
  /** JSON of PublicKeyCredentialCreationOptions (Web Authentication Level 3 §5.1.9). */
  readonly passkey_options?: string | undefined;
  /** False: this user signs in elsewhere, and has no password, passkey or TOTP here. */
  readonly local: boolean;
  readonly notice?: keyof Strings['notices'] | undefined;
  /**
   * `passkey`: none was added. The others say why the password was not changed: `wrong` and `throttled` are about the
   * current one, the rest about the new one.
   */
  readonly problem?: 'passkey' | 'wrong' | 'throttled' | keyof Strings['password_objections'] | undefined;
  readonly wait_seconds?: number | undefined;
}

interface ConnectedApp {
  readonly issuer: string;
  readonly client_id: string;
  readonly name: string;
  readonly logo_uri?: string | null | undefined;
  readonly scopes: readonly Scope[];
  readonly since: number;
}

interface Session {
  readonly id: string;
  /** Browser and system; undefined where they are not known. */
  readonly device?: string | undefined;
  readonly since?: number | undefined;
  readonly last_seen_at: number;
  /** Whether it is that of this very browser. */
  readonly current: boolean;
}

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}
