// The fields of a dialect, each judged by itself; consistency.ts judges them together.

import { z } from 'zod';
import { answerMembers, errorMembers, tokenSources } from './member-rules.ts';
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
type ClaimRule = DeepReadonly<z.infer<typeof claim>>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

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

/** A token of a deny-list's type could pass for one: it is signed by the same key. */
const tokenType = z
  .string()
  .regex(/^(?!(application\/)?deny-list\+jwt$)/i, 'another type: this one is that of deny-lists');

const headerValue = z.string().regex(/^[\x20-\x7E]*$/, 'printable ASCII');
const errorCode = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'an error code without spaces');

/**
 * Headers that are the server's to give: the frame of an answer, where it leads, what a browser may do with it, and what
 * makes a proxy keep it in spite of its Cache-Control (RFC 9213), or send another in its place.
 */
const reservedHeaders =
  /^(?!(content-(length|encoding|location|range|security-policy.*)|transfer-encoding|connection|keep-alive|date|upgrade|trailer|te|vary|etag|age|set-cookie2?|location|refresh|link|allow|accept-encoding|access-control-.*|timing-allow-origin|cross-origin-.*|strict-transport-security|x-content-type-options|x-frame-options|referrer-policy|permissions-policy|clear-site-data|service-worker-.*|nel|report-to|reporting-endpoints|www-authenticate|authentication-info|proxy-.*|retry-after|x-request-id|dpop-nonce|alt-svc|via|.+-cache-control|surrogate-.*|edge-.*|x-accel-.*|x-sendfile.*)$)/i;

const parameterName = z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/, 'letters, digits and _ . : -');

export const dialectShape = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
  issuer: z
    .strictObject({
      /** Whether the issuer identifier ends in a slash; its endpoints are where they would be without. */
      trailing_slash: z.boolean(),
    })
    .optional(),
  /** Below the issuer's URL. */
  paths: z.strictObject({
    ...each(requiredEndpointNames, path),
    ...each(optionalEndpointNames, path.optional()),
  }),
  client_authentication: z.array(z.enum(clientAuthenticationMethodNames)).min(1),
  /**
   * What becomes of a request that presents its credential twice, or beside a header that is no client credential; two
   * credentials that differ are refused in any case. Absent: `refused` (RFC 6749 §2.3).
   */
  redundant_credentials: z.enum(['refused', 'ignored']).optional(),
  /** Where parameters are read; the body wins over the query. */
  parameters_from: z
    .array(z.enum(['body', 'query']))
    .refine((from) => from.includes('body'), 'body among them'),
  grant_types: z.array(z.enum(grantTypes)).min(1),
  /** How requests are spelled, where they are not as RFC 6749 has them. */
  requests: z
    .strictObject({
      /** Forms of a request's body. Absent: `form` alone (RFC 6749 Appendix B). */
      media: z
        .array(z.enum(['form', 'json']))
        .refine((media) => media.includes('form'), 'form among them')
        .optional(),
      /** What is meant where a request leaves it out. */
      otherwise: z
        .strictObject({
          grant_type: z.enum(grantTypes).optional(),
          response_type: z.literal('code').optional(),
        })
        .optional(),
      /** Other names of parameters, and the standard names that they stand for. */
      names: z.record(parameterName, parameterName).optional(),
      /** Other values of `grant_type`, and the grants that they stand for. */
      grant_types: z.record(parameterName, z.enum(grantTypes)).optional(),
    })
    .optional(),
  client_credentials: z
    .strictObject({
      /** Scopes that a client does not have where it asks for itself. Absent: `openid` and `offline_access`. */
      excluded_scopes: z.array(z.string().min(1)),
    })
    .optional(),
  authorization_code: z
    .strictObject({
      /** Seconds that a code is good for. */
      lifetime: z.int().min(10).max(600),
      /** RFC 9700 §2.1.1: public clients must use it in any case. */
      pkce: z.enum(['required', 'required_of_public_clients']),
      /** Whether an authorization request must name its scope. */
      scope_required: z.boolean(),
      /**
       * Whether a token request must repeat the `redirect_uri` of the authorization request (RFC 6749 §4.1.3). Absent: yes.
       * Where not, PKCE (OAuth 2.1 §10.2) or the only registered URI says where the code was sent; else it must after all.
       */
      redirect_uri_repeated: z.boolean().optional(),
    })
    .optional(),
  refresh_token: z
    .strictObject({
      /** What asks for refresh tokens. Absent: `offline_access` (OpenID Connect Core 1.0 §11). */
      given: z.union(
        [
          z.enum(['offline_access', 'always']),
          z.strictObject({ scope: z.string().min(1) }),
          z.strictObject({ parameter: z.string().min(1), value: z.string().min(1) }),
        ],
        'offline_access, always, { scope }, or { parameter, value }',
      ),
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
  /** The JSON type of `expires_in`. Absent: `number`. */
  expires_in: z.enum(['number', 'string']).optional(),
  /** The members of a token answer, in order. Absent: those of RFC 6749 §5.1 and OpenID Connect Core 1.0 §3.1.3.3. */
  answer: answerMembers([...tokenSources, ...claimSources]).optional(),
  /** The forms of the token endpoint's answers, of which a client may choose by `Accept`. Absent: `json` alone. */
  answer_media: z
    .array(z.enum(['json', 'form']))
    .refine((media) => media.includes('json'), 'json among them')
    .optional(),
  access_token: z.strictObject({
    /** The first is the default; an issuer may choose another of them. */
    algs: z.array(z.enum(signingAlgorithms)).min(1),
    /** Seconds. */
    lifetime: z.int().min(1).max(86_400),
    header: z.strictObject({ typ: tokenType.nullable(), kid: z.boolean() }),
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
      .regex(reservedHeaders, 'a header that is not the server’s own'),
    headerValue,
  ),
  errors: z.strictObject({
    /** Statuses other than 400, by the standard error code. */
    status: z.record(
      z.string(),
      z.int().refine((status) => status === 200 || (status >= 400 && status <= 599), '200, or 400 to 599'),
    ),
    /** Whether a 401 carries WWW-Authenticate. */
    challenge: z.boolean(),
    /** The members of the body, in order: a list of those that bear their standard names, or what each comes from. */
    body: z.union(
      [
        z
          .array(z.enum(['error', 'error_description']))
          .refine((body) => body.includes('error'), 'error among them'),
        errorMembers(),
      ],
      'a list of error and error_description, or an object of members',
    ),
    /** Texts in place of the server's own, by the standard error code. */
    describe: z
      .record(
        z.string(),
        z.string().regex(/^[\x20-\x21\x23-\x5B\x5D-\x7E]{1,300}$/, 'a text of RFC 6749 §5.2'),
      )
      .optional(),
    /** Standard error codes and private reasons, and what to call them instead. */
    rename: z.record(z.string(), errorCode),
  }),
});

/** Where a claim comes from; undefined for a constant. */
export function claimSource(rule: ClaimRule): ClaimSource | undefined {
  if (typeof rule === 'string') return rule;
  return 'from' in rule ? rule.from : undefined;
}

export type DialectFields = DeepReadonly<z.infer<typeof dialectShape>>;
