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
    theme: string | null;
    /** Not served while it is. */
    disabled: Generated<number>;
    /** `any`, or null: `own`. */
    vouched_users: Generated<string | null>;
    /** Seconds; null: 0. */
    token_reuse: Generated<number | null>;
  };
  /** What configurations declare: `noun` is issuer, scope or client, `state` declared or withdrawn. */
  declarations: { noun: string; issuer: string; name: string; state: string };
  /** `descriptions`: by language, where a page has better words than `description`. */
  scopes: {
    issuer: string;
    name: string;
    description: string;
    descriptions: Generated<string>;
    sensitive: Generated<number>;
    optional: Generated<number>;
  };
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
    redirect_uris: Generated<string>;
    post_logout_redirect_uris: Generated<string>;
    logo_uri: Generated<string | null>;
    client_uri: Generated<string | null>;
    policy_uri: Generated<string | null>;
    tos_uri: Generated<string | null>;
    consent_message: Generated<string | null>;
    /** Null: as the dialect has it. */
    require_pkce: Generated<number | null>;
    refresh_token_given: Generated<string | null>;
    /** Seconds; null: as the issuer has it. */
    token_reuse: Generated<number | null>;
    /** Null: the issuer's own. */
    id_token_signed_response_alg: Generated<string | null>;
    id_token_user_claims: Generated<number>;
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
  revoked_tokens: {
    issuer: string;
    jti: string;
    expires_at: number;
    /** Null: not known, or the entry is of the client as a whole. */
    client_id: string | null;
    /** Epoch seconds: no token that it revokes was issued later. Of a client as a whole: what stays when it is enabled. */
    issued_before: number | null;
  };
  users: {
    /** The subject of tokens. */
    id: string;
    /** What is typed into the sign-in page, in lower case; null: signs in elsewhere. */
    login: string | null;
    name: string | null;
    email: string | null;
    email_verified: number;
    password_hash: string | null;
    sealed_totp_secret: string | null;
    /** The newest time step whose code was taken (RFC 6238 §5.2). */
    totp_last_step: number;
    disabled: number;
    /** Whose clients may vouch for the user; null: nobody's. */
    owner: Generated<string | null>;
    /** What was given before is good no longer. */
    access_ended_at: number;
    /** JSON: further standard claims (OpenID Connect Core 1.0 §5.1). */
    claims: Generated<string>;
    created_at: number;
    updated_at: number;
  };
  recovery_codes: { user_id: string; hash: string };
  passkeys: {
    /** The credential's id, base64url. */
    id: string;
    user_id: string;
    name: string;
    /** COSE, base64url. */
    public_key: string;
    counter: number;
    transports: string;
    created_at: number;
    last_used_at: number | null;
  };
  /** Users that sign in at an upstream provider. */
  identities: { provider: string; subject: string; user_id: string };
  sessions: {
    /** The hash of the cookie, which itself is not stored. */
    hash: string;
    /** Public: the `sid` of tokens. */
    id: string;
    user_id: string;
    /** Epoch seconds. */
    auth_time: number;
    amr: string;
    identity_provider: string;
    /** Browser and system, in words of our own; null where they are not known. */
    device: string | null;
    last_seen_at: number;
    expires_at: number;
  };
  used_once: { namespace: string; id: string; expires_at: number };
  /** Failures that are counted together, and what is known to be good (docs/decisions/0021). */
  attempts: { key: string; failures: number; busy_until: number; expires_at: number };
  consents: {
    issuer: string;
    user_id: string;
    client_id: string;
    scope: string;
    created_at: number;
    updated_at: number;
    /** Since when the client may not vouch for the user any more. */
    vouching_ended_at: Generated<number | null>;
  };
  /** What a user allowed a client, once: a row for its whole life (docs/decisions/0007). */
  grants: {
    id: string;
    issuer: string;
    client_id: string;
    user_id: string;
    scope: string;
    resources: string;
    session_id: string;
    /** Epoch seconds. */
    auth_time: number;
    amr: string;
    identity_provider: string;
    nonce: string | null;
    redirect_uri: string;
    /** Whether the token request must repeat it (RFC 6749 §4.1.3). */
    redirect_uri_required: number;
    code_challenge: string | null;
    code_state: string;
    code_expires_at: number;
    /** The number of the newest refresh token; 0: none yet. */
    generation: number;
    rotated_at: number;
    refresh_expires_at: number | null;
    revoked_at: number | null;
    created_at: number;
    /** From then on nothing that it gave is alive, and the row may go. */
    expires_at: number;
  };
  usage: { issuer: string; client_id: string; hour: number; tokens: number };
  /** Usage of some weeks ago and before; days are UTC. */
  usage_days: { issuer: string; client_id: string; day: number; tokens: number };
  /** What changed, in order: nodes follow it and drop what they hold in memory. */
  changes: { seq: Generated<number>; topic: string; issuer: string; subject: string; at: number };
  /** What an administrator changed: appended in the transaction of the change. */
  admin_events: {
    id: string;
    at: number;
    actor_kind: string;
    actor_name: string;
    verb: string;
    /** Null: what changed belongs to no issuer, as a user does. */
    issuer: string | null;
    target: string;
    /** The members that changed; null: there were none, or they were of a user who is deleted. Never a secret. */
    before: string | null;
    after: string | null;
  };
  /** Facts about the database itself, such as a check value of the master key. */
  meta: { name: string; value: string };
  /** Which process does for now what one is enough for. */
  leases: { name: string; holder: string; expires_at: number };
  migrations: { name: string; applied_at: number };
}

export type ChangeTopic = 'issuer' | 'client' | 'key' | 'token' | 'master_key';
