// A dialect: how one vendor's clients spell OAuth. Data only, so that users can write their own.
// A dialect changes spelling, never judgement: no field here can weaken a check.

import { z } from 'zod';
import {
  clientAuthenticationMethodNames,
  grantTypes,
  optionalEndpointNames,
  requiredEndpointNames,
} from './names.ts';

/** JWS algorithms (RFC 7518 §3.1, RFC 8037 §3.1) that Tessera signs with. */
export const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA', 'RS512'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** What a claim may be filled from. */
const claimSources = [
  'issuer',
  'audience',
  'resources',
  'subject',
  'client_id',
  'owner',
  'user_id',
  'user_name',
  'auth_time',
  'amr',
  'identity_provider',
  'session_id',
  'grant_type',
  'scope',
  'scope_list',
  'issued_at',
  'not_before',
  'expires_at',
  'jti',
] as const;
export type ClaimSource = (typeof claimSources)[number];

/** Typed as unknown: a JSON value may nest without end. */
const json: z.ZodType<unknown> = z.json();

const claim = z.union(
  [
    z.enum(claimSources),
    z.strictObject({ from: z.enum(claimSources), otherwise: json }),
    z.strictObject({ value: json }),
  ],
  `one of ${claimSources.join(', ')}, or { from, otherwise } with one of them, or { value }`,
);
export type ClaimRule = z.infer<typeof claim>;

const path = z
  .string()
  .regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/, 'a path such as /oauth2/token')
  .refine((value) => !/^\/\.well-known\/(openid-configuration|oauth-authorization-server)$/.test(value), {
    message: 'a path other than the metadata documents’ own',
  })
  .refine((value) => !/^\/account(\/|$)/.test(value), {
    message: 'a path outside /account, where users sign in',
  });
/** The same schema under each name. */
const each = <Name extends string, Schema>(names: readonly Name[], schema: Schema) =>
  Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, Schema>;

const headerValue = z.string().regex(/^[\x20-\x7E]*$/, 'printable ASCII');
const errorCode = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'an error code without spaces');

/** Only the server says what key a token is bound to and which party acts by it (RFC 7800 §3.1, RFC 8693 §4.1). */
const reservedClaims = ['cnf', 'act'];

const registeredClaims: Readonly<Record<string, readonly ClaimSource[]>> = {
  iss: ['issuer'],
  exp: ['expires_at'],
  iat: ['issued_at'],
  jti: ['jti'],
  aud: ['audience', 'resources'],
  client_id: ['client_id'],
};

/** Headers that say where an answer ends, or that are the server's to give. */
const reservedHeaders =
  /^(?!(content-length|transfer-encoding|connection|keep-alive|date|upgrade|trailer|set-cookie)$)/i;

export const dialectSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
    /** Below the issuer's URL. */
    paths: z.strictObject({
      ...each(requiredEndpointNames, path),
      ...each(optionalEndpointNames, path.optional()),
    }),
    client_authentication: z.array(z.enum(clientAuthenticationMethodNames)).min(1),
    /** Where parameters are read; the body wins over the query. */
    parameters_from: z
      .array(z.enum(['body', 'query']))
      .refine((from) => from.includes('body'), 'body among them'),
    grant_types: z.array(z.enum(grantTypes)).min(1),
    authorization_code: z
      .strictObject({
        /** Seconds that a code is good for. */
        lifetime: z.int().min(10).max(600),
        /** RFC 9700 §2.1.1: public clients must use it in any case. */
        pkce: z.enum(['required', 'required_of_public_clients']),
        /** Whether an authorization request must name its scope. */
        scope_required: z.boolean(),
      })
      .optional(),
    scope: z
      .strictObject({
        delimiter: z.enum([' ', ',']),
        accepts: z.array(z.enum([' ', ','])).min(1),
        repeatable: z.boolean(),
        required: z.boolean(),
      })
      .refine(({ delimiter, accepts }) => accepts.includes(delimiter), 'the delimiter among what it accepts'),
    /** The JSON type of `expires_in`. */
    expires_in: z.enum(['number', 'string']),
    access_token: z.strictObject({
      /** The first is the default; an issuer may choose another of them. */
      algs: z.array(z.enum(signingAlgorithms)).min(1),
      /** Seconds. */
      lifetime: z.int().min(1).max(86_400),
      header: z.strictObject({ typ: z.string().nullable(), kid: z.boolean() }),
      /** In the order they are to stand in. */
      claims: z.record(z.string(), claim),
    }),
    /** The shape of the credentials that Tessera makes. */
    credentials: z.strictObject({
      client_id: z.enum(['uuid', 'token']),
      client_secret: z.enum(['uuid', 'token']),
    }),
    /** On every answer with a body of the token endpoint and its siblings. */
    headers: z.record(
      z
        .string()
        .regex(/^[A-Za-z0-9-]+$/, 'a header name')
        .regex(reservedHeaders, 'a header that does not frame the answer'),
      headerValue,
    ),
    errors: z.strictObject({
      /** Statuses other than 400, by the standard error code. */
      status: z.record(z.string(), z.int().min(400).max(599)),
      /** Whether a 401 carries WWW-Authenticate. */
      challenge: z.boolean(),
      /** The members of the body, in order. */
      body: z
        .array(z.enum(['error', 'error_description']))
        .refine((body) => body.includes('error'), 'error among them'),
      /** Standard error codes and private reasons, and what to call them instead. */
      rename: z.record(z.string(), errorCode),
    }),
  })
  .superRefine((dialect, context) => {
    const sources = new Set(Object.values(dialect.access_token.claims).map(claimSource));
    for (const source of ['client_id', 'issued_at', 'expires_at', 'jti'] as const) {
      // Without them a token could be neither expired, nor revoked, nor traced to its client.
      if (!sources.has(source)) {
        context.addIssue({
          code: 'custom',
          path: ['access_token', 'claims'],
          message: `a claim from ${source}`,
        });
      }
    }
    if (!sources.has('scope') && !sources.has('scope_list')) {
      context.addIssue({
        code: 'custom',
        path: ['access_token', 'claims'],
        message: 'a claim from scope or scope_list',
      });
    }
    for (const name of reservedClaims) {
      if (name in dialect.access_token.claims) {
        const path = ['access_token', 'claims', name];
        context.addIssue({
          code: 'custom',
          path,
          message: 'another name: the server adds this claim itself',
        });
      }
    }
    for (const [name, sources] of Object.entries(registeredClaims)) {
      const rule = dialect.access_token.claims[name];
      const source = rule === undefined ? undefined : claimSource(rule);
      // RFC 7519 §4.1: verifiers act on these names, so they mean what they say.
      if (rule !== undefined && (source === undefined || !sources.includes(source))) {
        const path = ['access_token', 'claims', name];
        context.addIssue({
          code: 'custom',
          path,
          message: `a claim from ${sources.join(' or ')}, by its name`,
        });
      }
    }
    const names = Object.keys(dialect.headers).map((name) => name.toLowerCase());
    if (new Set(names).size < names.length) {
      context.addIssue({ code: 'custom', path: ['headers'], message: 'each header once, whatever its case' });
    }
    // RFC 6749 §5.1: an answer with a token MUST NOT be stored.
    const cacheControl = Object.entries(dialect.headers).find(
      ([name]) => name.toLowerCase() === 'cache-control',
    );
    const directives = cacheControl?.[1].split(',').map((directive) => directive.trim().toLowerCase());
    if (!directives?.includes('no-store')) {
      context.addIssue({ code: 'custom', path: ['headers'], message: 'a Cache-Control with no-store' });
    }
    const paths = Object.values(dialect.paths).filter((each) => each !== undefined);
    if (new Set(paths).size < paths.length) {
      context.addIssue({ code: 'custom', path: ['paths'], message: 'a path of its own for each endpoint' });
    }
    const needs = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const withCode = dialect.grant_types.includes('authorization_code');
    if (withCode && dialect.paths.authorization === undefined)
      needs(['paths', 'authorization'], 'a path, since grant_types has authorization_code');
    if (withCode && dialect.authorization_code === undefined)
      needs(['authorization_code'], 'an object, since grant_types has authorization_code');
    if (!withCode && dialect.grant_types.includes('refresh_token'))
      needs(['grant_types'], 'authorization_code beside refresh_token, which it comes from');
  });

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
export type Dialect = DeepReadonly<z.infer<typeof dialectSchema>>;

/** Where a claim comes from; undefined for a constant. */
export function claimSource(rule: DeepReadonly<ClaimRule>): ClaimSource | undefined {
  if (typeof rule === 'string') return rule;
  return 'from' in rule ? rule.from : undefined;
}
