// What an issuer of the configuration may declare beside itself, in the terms of RFC 7591 §2. The rules for each value are
// those of administration, which judges it as it judges what is typed.

import { z } from 'zod';

const scope = z.strictObject({
  name: z.string(),
  description: z.string().default(''),
  /** By language, such as `de`. */
  descriptions: z.record(z.string(), z.string()).default({}),
  sensitive: z.boolean().default(false),
  optional: z.boolean().default(false),
});

const client = z.strictObject({
  client_id: z.string(),
  /** Default: the client_id. */
  client_name: z.string().optional(),
  owner: z.string().default(''),
  /** Default: the first of the dialect that proves something. */
  token_endpoint_auth_method: z.string().optional(),
  /** With blanks between, as in RFC 7591. */
  scope: z.string().default(''),
  redirect_uris: z.array(z.string()).default([]),
  post_logout_redirect_uris: z.array(z.string()).default([]),
  /** Default: all that fit. */
  grant_types: z.array(z.string()).optional(),
  logo_uri: z.string().optional(),
  client_uri: z.string().optional(),
  policy_uri: z.string().optional(),
  tos_uri: z.string().optional(),
  consent_message: z.string().optional(),
  /** Default: as the dialect has it. */
  require_pkce: z.boolean().optional(),
  /** Default: as the dialect has it. */
  refresh_token_given: z.enum(['offline_access', 'always']).optional(),
  /** Default: RS256, where the issuer has ID tokens. */
  id_token_signed_response_alg: z.string().optional(),
  id_token_user_claims: z.boolean().default(false),
  introspection: z.enum(['own', 'any']).default('own'),
  /** Where its secret is: in a file, or in the environment. */
  client_secret_file: z.string().min(1).optional(),
  client_secret_variable: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable')
    .optional(),
});

/** Members of an issuer. */
export const declared = {
  scopes: z.array(scope).default([]),
  clients: z.array(client).default([]),
};

export type DeclaredClient = z.infer<typeof client>;
