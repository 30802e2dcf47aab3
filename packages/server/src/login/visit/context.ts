// What the login room is given: stores, keys, limits, and its part of the configuration.

import type { Audit } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import type { AttemptLimiter } from '../../credentials/attempt-limiter.ts';
import type { Passwords } from '../../credentials/passwords.ts';
import type { RecoveryCodes } from '../../credentials/recovery-codes.ts';
import type { TotpSecrets } from '../../credentials/totp.ts';
import type { FormTokens } from '../../keys/form-tokens.ts';
import type { Theme } from '../../model.ts';
import type { Schema } from '../../store/sql/schema.ts';

/** An OpenID Connect provider where users may sign in. */
export interface Upstream {
  readonly name: string;
  /** On the button. */
  readonly label: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string | undefined;
  readonly scope: string;
}

/** The company's own sign-in page, and the secret by which its server proves itself. */
export interface ExternalLogin {
  readonly url: string;
  readonly secret: string;
}

export interface LoginContext {
  readonly db: Kysely<Schema>;
  /** For reads, which wait for no writer. */
  readonly reads: Kysely<Schema>;
  readonly forms: FormTokens;
  readonly passwords: Passwords;
  readonly totpSecrets: TotpSecrets;
  readonly recoveryCodes: RecoveryCodes;
  /** Limits wrong passwords and codes. */
  readonly attempts: AttemptLimiter;
  /** Whether users with a password or a passkey of their own may sign in. */
  readonly local: boolean;
  readonly upstreams: readonly Upstream[];
  readonly external: ExternalLogin | undefined;
  themeOf(issuer: string): Theme | null;
  readonly audit: LoginAudit & Audit;
  readonly now: () => number;
}

interface SignInEvent {
  readonly request_id: string;
  readonly issuer: string;
  readonly user_id: string;
  readonly address: string;
}

interface LoginAudit {
  signedIn(
    event: SignInEvent & { readonly amr: readonly string[]; readonly identity_provider: string },
  ): void;
  /** Everything else that a user did: signed out, disconnected an app, added a passkey. */
  userActed(event: SignInEvent & { readonly action: string; readonly client_id?: string }): void;
}
