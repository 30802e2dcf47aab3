// What the verbs of administration work with, given by the command line, or by a server for its own part.

import type { Client, Dialect, SigningAlgorithm, VerificationKey } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import type { IssuerKeys } from '../keys/key-lines.ts';
import type { IssuerSettings, StoredKey } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';

/** The author of a change, as the record of changes names it. */
export interface Actor {
  /** `cli`: a person at the command line. `config`: what the configuration declares. `server`: by itself. */
  readonly kind: 'cli' | 'config' | 'quickstart' | 'server';
  /** For `cli` the user of the operating system, for `config` the file. */
  readonly name: string;
}

/** How client secrets are made and hashed (credentials/client-secrets.ts). */
interface SecretHashes {
  generate(shape: Dialect['credentials']['client_secret']): string;
  hashGenerated(secret: string): string;
  isGenerated(secret: string, stored: string): boolean;
  hashChosen(issuer: string, client_id: string, secret: string): Promise<string>;
}

/** How passwords are made, judged and hashed (credentials/passwords.ts). */
interface PasswordHashes {
  generate(): string;
  objection(
    password: string,
    login: string,
  ): Promise<'too_short' | 'too_long' | 'control_character' | 'is_login' | 'too_common' | undefined>;
  hash(password: string): Promise<string>;
  digestsOf(login: string): readonly string[];
}

/** How signing keys are made (keys/keyring.ts). */
interface SigningKeys {
  /** Gives every issuer the keys that it needs now; `period` between two keys, in milliseconds. */
  maintain(issuers: readonly IssuerKeys[], period: number): Promise<void>;
  /** Makes the next key of `alg` and has it stored by `add`; undefined where another process was first. */
  rotate(
    issuer: IssuerKeys,
    activates_at: number,
    alg: SigningAlgorithm,
    add: (key: StoredKey) => Promise<boolean>,
  ): Promise<StoredKey | undefined>;
  verificationKeys(issuer: string): readonly VerificationKey[];
}

/** Everything that a verb may need: a database under its master key, and the configuration. */
export interface AdminContext {
  /** For reading. What changes something goes through `change`. */
  readonly db: Kysely<Schema>;
  /** Stands in the record of every change. */
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Makes and hashes client secrets. */
  readonly hashes: SecretHashes;
  /** Makes, judges and hashes passwords. */
  readonly passwords: PasswordHashes;
  /** Makes signing keys and knows those there are. */
  readonly keys: SigningKeys;
  /** By name, those of the configuration included. */
  readonly dialects: ReadonlyMap<string, Dialect>;
  /** The origin that locations such as `/partners` are below. */
  readonly public_url: string;
  /** The issuers that the configuration declares, with their scopes and clients. */
  readonly declared: readonly DeclaredIssuer[];
  /** Milliseconds between two signing keys. */
  readonly key_rotation: number;
  /** Whether a token was revoked, by itself or with its grant or client. */
  readonly isTokenRevoked: (
    issuer: string,
    token: { readonly jti: string; readonly client_id: string; readonly issued_at: number },
  ) => boolean;
}

/** What the configuration declares is changed there: the next start would undo anything else. */
interface DeclaredIssuer extends Pick<IssuerSettings, 'name' | 'location' | 'dialect'> {
  /** By name. */
  readonly scopes?: readonly { readonly name: string }[];
  /** By client_id. */
  readonly clients?: readonly { readonly client_id: string }[];
}

/** A client and the issuer that it is registered at. */
export type ClientOfIssuer = Client & {
  /** The name of the issuer. */
  readonly issuer: string;
};
