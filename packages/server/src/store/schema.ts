// The tables. Times are epoch milliseconds, flags 0 or 1, lists and objects JSON text.

import type { Generated } from 'kysely';

export interface Schema {
  issuers: {
    name: string;
    location: string;
    dialect: string;
    signing_alg: string | null;
    access_token_lifetime: number | null;
    resources: string;
    created_at: number;
  };
  scopes: { issuer: string; name: string; description: string };
  clients: {
    issuer: string;
    client_id: string;
    client_name: string;
    owner: string;
    token_endpoint_auth_method: string;
    grant_types: string;
    scope: string;
    introspection: string;
    disabled: number;
    created_at: number;
    updated_at: number;
  };
  client_secrets: {
    id: string;
    issuer: string;
    client_id: string;
    kind: string;
    hash: string;
    created_at: number;
    expires_at: number | null;
    revoked_at: number | null;
    last_used_at: number | null;
  };
  signing_keys: {
    kid: string;
    issuer: string;
    sequence: number;
    alg: string;
    public_jwk: string;
    sealed_private_key: string;
    published_at: number;
    activates_at: number;
    retires_at: number | null;
    expires_at: number | null;
    token_lifetime: number;
  };
  revoked_tokens: { issuer: string; jti: string; expires_at: number };
  usage: { issuer: string; client_id: string; hour: number; tokens: number };
  /** What changed, in order: nodes follow it and drop what they hold in memory. */
  changes: { seq: Generated<number>; topic: string; issuer: string; subject: string; at: number };
  /** Facts about the database itself, such as a check value of the master key. */
  meta: { name: string; value: string };
  migrations: { name: string; applied_at: number };
}

export type ChangeTopic = 'issuer' | 'client' | 'key' | 'token';
