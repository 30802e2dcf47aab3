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
  readonly passkeys: readonly Passkey[];
  readonly totp: boolean;
  readonly recovery_codes_left: number;
  /** JSON of PublicKeyCredentialCreationOptions (Web Authentication Level 3 §5.1.9). */
  readonly passkey_options?: string | undefined;
  /** False: this user signs in elsewhere, and has no password, passkey or TOTP here. */
  readonly local: boolean;
  readonly notice?: keyof Strings['notices'] | undefined;
  /** With a change of the password: `wrong` is the current one, the others judge the new one. */
  readonly problem?: 'wrong' | 'throttled' | keyof Strings['password_objections'] | undefined;
  readonly wait_seconds?: number | undefined;
}

interface ConnectedApp {
  readonly issuer: string;
  readonly client_id: string;
  readonly name: string;
  readonly logo_uri?: string | null | undefined;
  /** A name alone is one that nobody has described. */
  readonly scopes: readonly (string | Scope)[];
  readonly since: number;
}

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}
