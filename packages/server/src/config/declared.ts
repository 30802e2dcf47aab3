// What an issuer of the configuration may declare beside itself, in the terms of RFC 7591 §2. The rules for each value are
// those of administration, which judges it as it judges what is typed.

import { z } from 'zod';
import { keysAndValues } from './keys.ts';
import { tokenReuse } from './values.ts';

const list = (example: string) => z.array(z.string(), `a list such as [${example}]`);

/** The name of an environment variable that holds a secret. */
const variable =
  'the name of an environment variable, such as ACME_SECRET, but not TESSERA_…: those are keys of the configuration';
export const secretVariable = z.string(variable).regex(/^(?!TESSERA_)[A-Z][A-Z0-9_]*$/, variable);

const secretFile = 'a path such as /run/secrets/acme-app';

const scope = keysAndValues(
  {
    name: z.string(),
    description: z.string().default(''),
    /** By language, such as `de`. */
    descriptions: z
      .record(z.string(), z.string(), 'keys and values such as {de: Rechnungen lesen}')
      .default({}),
    sensitive: z.boolean().default(false),
    optional: z.boolean().default(false),
  },
  'keys and values such as {name: invoices.read, description: Read invoices}',
);

const client = keysAndValues(
  {
    client_id: z.string(),
    /** Default: the client_id. */
    client_name: z.string().optional(),
    owner: z.string().default(''),
    /** Default: the first of the dialect that proves something. */
    token_endpoint_auth_method: z.string().optional(),
    /** With blanks between, as in RFC 7591. */
    scope: z.string('a text with blanks between, such as invoices.read invoices.write').default(''),
    redirect_uris: list('https://app.example.com/callback').default([]),
    post_logout_redirect_uris: list('https://app.example.com/').default([]),
    /** Default: all that fit. */
    grant_types: list('authorization_code, refresh_token').optional(),
    logo_uri: z.string().optional(),
    client_uri: z.string().optional(),
    policy_uri: z.string().optional(),
    tos_uri: z.string().optional(),
    consent_message: z.string().optional(),
    /** Default: as the dialect has it. */
    require_pkce: z.boolean().optional(),
    /** Default: as the dialect has it. */
    refresh_token_given: z.enum(['offline_access', 'always']).optional(),
    /** Default: as its issuer has it. */
    token_reuse: tokenReuse.optional(),
    /** Default: RS256, where the issuer has ID tokens. */
    id_token_signed_response_alg: z.string().optional(),
    id_token_user_claims: z.boolean().default(false),
    introspection: z.enum(['own', 'any']).default('own'),
    /** Where its secret is: in a file, or in the environment. */
    client_secret_file: z.string(secretFile).min(1, secretFile).optional(),
    client_secret_variable: secretVariable.optional(),
  },
  'keys and values such as {client_id: acme-app, scope: invoices.read, client_secret_file: acme.secret}',
);

/** Members of an issuer. */
export const declared = {
  scopes: z.array(scope, 'a list of scopes, such as [{name: invoices.read}]').default([]),
  clients: z.array(client, 'a list of clients, each with a client_id').default([]),
};

export type DeclaredClient = z.infer<typeof client>;
