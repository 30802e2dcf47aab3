// What is said of a client when it is registered and changed, in the terms of RFC 7591 §2.

import type { Client } from '@tessera-oauth/core';
import type { NewSecret } from './client-secrets.ts';

/** A client to be registered. */
export interface NewClient {
  /** Without it one is made, in the form that the issuer's dialect has. */
  readonly client_id?: string | undefined;
  /** What people call it; without it the client_id. */
  readonly client_name?: string | undefined;
  /** Whose integration it is; may be empty. */
  readonly owner: string;
  /** `none`: a public client (RFC 7591 §2). Without it the first method of the dialect that proves something. */
  readonly token_endpoint_auth_method?: Client['token_endpoint_auth_method'] | undefined;
  /** What it may ask for: scopes of the issuer. */
  readonly scope: readonly string[];
  /** Whose tokens it may introspect (RFC 7662 §2.1). */
  readonly introspection: Client['introspection'];
  /** Its first secret; not used for a public client. */
  readonly secret: NewSecret;
  /** Where users may be sent with a code; with one, the client gets the grants that users take part in. */
  readonly redirect_uris?: readonly string[] | undefined;
  /** Where users may be sent after signing out (OpenID Connect RP-Initiated Logout 1.0 §3.1). */
  readonly post_logout_redirect_uris?: readonly string[] | undefined;
  /** Without it: all that fit. */
  readonly grant_types?: readonly string[] | undefined;
  /** An https URL of its logo, for the consent page; null: none. */
  readonly logo_uri?: string | null | undefined;
  /** An https URL of its own site, for the consent page; null: none. */
  readonly client_uri?: string | null | undefined;
  /** The same of its privacy policy. */
  readonly policy_uri?: string | null | undefined;
  /** The same of its terms of service. */
  readonly tos_uri?: string | null | undefined;
  /** What the consent page says in the client's own words; null: nothing. */
  readonly consent_message?: string | null | undefined;
  /** Null, or absent: as the dialect has it. False only for a client with a secret. */
  readonly require_pkce?: Client['require_pkce'] | undefined;
  /** Null, or absent: as the dialect has it. */
  readonly refresh_token_given?: Client['refresh_token_given'] | undefined;
  /** Seconds in which it gets the same token again, 0: never; null, or absent: as its issuer has it. */
  readonly token_reuse?: Client['token_reuse'] | undefined;
  /** Signs its ID tokens; null: the issuer's own algorithm. Without it RS256 (OpenID Connect Registration 1.0 §2). */
  readonly id_token_signed_response_alg?: string | null | undefined;
  /** Whether its ID tokens have the claims of the user that its scope lets it read; without it they do not. */
  readonly id_token_user_claims?: boolean | undefined;
}

/** Changes to a client: a member that is left out stays. */
export type ClientChange = Partial<
  Pick<
    Client,
    | 'client_name'
    | 'owner'
    | 'scope'
    | 'introspection'
    | 'disabled'
    | 'grant_types'
    | 'redirect_uris'
    | 'post_logout_redirect_uris'
    | 'logo_uri'
    | 'client_uri'
    | 'policy_uri'
    | 'tos_uri'
    | 'consent_message'
    | 'require_pkce'
    | 'refresh_token_given'
    | 'token_reuse'
    | 'id_token_user_claims'
  >
> & {
  /** Signs its ID tokens; null: the issuer's own algorithm. */
  readonly id_token_signed_response_alg?: string | null | undefined;
  /** Added to `scope`, or to the scope that the client has: two changes that add at the same time both succeed. */
  readonly add_scope?: readonly string[] | undefined;
  /** Taken from `scope`, or from the scope that the client has. */
  readonly remove_scope?: readonly string[] | undefined;
};
