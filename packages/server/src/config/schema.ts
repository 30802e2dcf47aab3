// The configuration: every key, its meaning, its default. tessera.example.yaml says the same with examples.

import { isIP } from 'node:net';
import { signingAlgorithms } from '@tessera-oauth/core';
import { z } from 'zod';
import { isName, longestName, normalizeWords } from '../words.ts';
import { declared } from './declared.ts';
import { cleanSecret, isPlain, isUrl } from './plain.ts';
import { postgresUrlMistake } from './postgres-url.ts';

const durationUnits = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function milliseconds(text: string): number {
  if (!/^\d{1,6}[smhd]$/.test(text)) return Number.NaN;
  return Number(text.slice(0, -1)) * durationUnits[text.slice(-1) as keyof typeof durationUnits];
}

/** A duration such as `90d`, `12h`, `10m` or `5s`, as milliseconds. */
export const duration = z
  .string()
  .refine((text) => milliseconds(text) >= 0, 'a duration such as 30s, 10m, 12h or 90d')
  .transform(milliseconds);

const durationFrom = (least: string, most: string) =>
  z
    .string()
    .refine(
      (text) => milliseconds(text) >= milliseconds(least) && milliseconds(text) <= milliseconds(most),
      `a duration from ${least} to ${most}`,
    )
    .transform(milliseconds);

export const origin = z
  .string()
  .refine((text) => isUrl(text) && new URL(text).origin === text && /^https?:/.test(text), {
    message: 'an origin such as https://auth.example.com, without a path',
  });

export const issuerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens');

/** Where an issuer lives: `/` or a path below the public URL, or an absolute URL of its own. */
export const issuerLocation = z
  .string()
  .refine((text) => text === '/' || (text.startsWith('/') ? isPlainPath(text) : isIssuerUrl(text)), {
    message:
      'a path such as /partners, or a URL such as https://auth.example.com/partners, without a trailing slash',
  })
  .refine((text) => !/^(https?:\/\/[^/]*)?\/(.*\/)?account(\/|$)/.test(text), {
    message: 'a location without /account, which is where the pages of the issuer above it are',
  });

// RFC 3986 §5.2.4: segments of dots are taken away on the wire.
const isPlainPath = (text: string): boolean => /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/.test(text);

// RFC 8414 §2: an issuer has no query and no fragment.
function isIssuerUrl(text: string): boolean {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text)) return false;
  const { origin, pathname } = new URL(text);
  // Only an origin and a path in normal form: no query, fragment, user information or default port.
  return (
    text === (pathname === '/' ? origin : origin + pathname) && (pathname === '/' || isPlainPath(pathname))
  );
}

/** An address or a range of addresses of proxies. */
const network = z.string().refine(isNetwork, 'an IP address, or a range such as 10.0.0.0/8');

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

/** A resource indicator: an absolute URI without a fragment (RFC 8707 §2). */
export const resource = z.string().refine(isResource, {
  message: 'an absolute URI without a fragment, such as https://api.example.com',
});

// It stands in tokens and is compared letter by letter.
function isResource(text: string): boolean {
  return /^[\x21-\x7E]{1,2000}$/.test(text) && isUrl(text) && !text.includes('#');
}

export const signingAlg = z.enum(signingAlgorithms);
export const tokenLifetime = z.int().min(30).max(86_400);

/** For whose users a client may vouch at the user token endpoint: those of its owner, or any of the deployment. */
export const vouchedUsers = z.enum(['own', 'any']);

const httpsUrl = z
  .string()
  .refine((text) => /^https:\/\/[\x21-\x7E]{1,2000}$/.test(text) && isUrl(text), 'an https URL');

/** A name that people are shown. */
const words = (most: number) =>
  z
    .string()
    .overwrite(normalizeWords)
    .refine((text) => isName(text, most), `1 to ${most} characters, all of which can be seen`);

/** Values of which each stands once. */
const eachOnce = <Value extends z.ZodType<string>>(value: Value) =>
  z.array(value).refine((values) => new Set(values).size === values.length, 'each of them once');

/** How the pages of an issuer look. */
export const issuerTheme = z.strictObject({
  name: words(longestName).optional(),
  logo_uri: httpsUrl.optional(),
  logo_uri_dark: httpsUrl.optional(),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'a colour such as #0a5fd4')
    .optional(),
  support_url: httpsUrl.optional(),
  privacy_url: httpsUrl.optional(),
  terms_url: httpsUrl.optional(),
  forgot_password_url: httpsUrl.optional(),
});

/** A URL of the company's own: https, or on this machine. */
const ownUrl = z.string().refine(isOwnUrl, 'an https URL, or http on a loopback address');

function isOwnUrl(text: string): boolean {
  if (!isUrl(text) || text.includes('#')) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
  );
}

/** The path of a file or a folder. */
const path = z.string().min(1).refine(isPlain, 'a path without quotes, blanks or line breaks around it');

/** An OpenID Connect provider where users may sign in. */
const upstream = z.strictObject({
  name: issuerName,
  /** The text of the button. */
  label: words(60),
  issuer: ownUrl,
  client_id: z.string().min(1),
  /** Where the client secret is: in a file, or in the environment. */
  client_secret_file: path.optional(),
  client_secret_variable: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable')
    .optional(),
  scope: z.string().default('openid profile email'),
});

/** An origin on the user's own machine, of one port or of all. */
const loopbackOrigin = z
  .string()
  .regex(
    /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:(\d{1,5}|\*))?$/,
    'a loopback origin such as http://localhost:5173, or http://localhost:* for every port',
  );

const login = z.strictObject({
  /** Whether users with a password of their own may sign in. */
  local: z.boolean().default(true),
  upstreams: z.array(upstream).default([]),
  /** The company's own sign-in page, in place of all other ways to sign in. */
  url: ownUrl.optional(),
  /** The file of the secret that authenticates the server of that page. */
  secret_file: path.optional(),
  /** Where public clients are taken for what they say they are. */
  loopback_origins: z.array(loopbackOrigin).default([]),
});

export const mostWorkers = 256;

const issuer = z.strictObject({
  name: issuerName,
  location: issuerLocation,
  dialect: z.string().default('standard'),
  signing_alg: signingAlg.optional(),
  access_token_lifetime: tokenLifetime.optional(),
  resources: eachOnce(resource).default([]),
  vouched_users: vouchedUsers.default('own'),
  theme: issuerTheme.optional(),
  ...declared,
});

/** An address or a name to listen on. */
const listenHost = z
  .string()
  .refine(
    (host) => isUrl(`http://${host.includes(':') ? `[${host}]` : host}`) && !/[/?#@"'`]/.test(host),
    'a host name or an IP address, without quotes or blanks',
  );

export const configSchema = z.strictObject({
  /** Default: the address that the server listens on. */
  public_url: origin.optional(),
  listen: z
    .strictObject({
      host: listenHost.default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8080),
    })
    .prefault({}),
  /** Health and metrics; absent: there is no such listener. */
  management: z
    .strictObject({
      host: listenHost.default('127.0.0.1'),
      port: z.int().min(0).max(65_535),
    })
    .optional(),
  data: path.default('./tessera-data'),
  /** Default: SQLite in `data`. It may hold a password, and is never shown. */
  database: z
    .string()
    .transform(cleanSecret)
    .refine((text) => postgresUrlMistake(text) === undefined, {
      error: ({ input }) => postgresUrlMistake(String(input)) ?? '',
    })
    .optional(),
  /** From the environment alone: configuration files are shared. */
  master_key: z.string().optional(),
  master_key_file: path.optional(),
  tls: z.strictObject({ cert_file: path, key_file: path }).optional(),
  /** Addresses and ranges of the proxies whose X-Forwarded-For is trusted. */
  trust_proxy: z
    .union(
      [z.literal(false), z.array(network)],
      'false, or a list of the addresses and ranges of your proxies, such as [10.0.0.0/8]',
    )
    .default(false),
  dialects: z.array(path).default([]),
  issuers: z.array(issuer).default([]),
  login: login.prefault({}),
  /** How long answers may come from memory while the database is unavailable. */
  outage_tolerance: durationFrom('0s', '7d').prefault('10m'),
  /** Processes that share the port. */
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(mostWorkers)], `a number from 1 to ${mostWorkers}, or auto`)
    .default(1),
  key_rotation: durationFrom('1h', '9999d').prefault('90d'),
  request_timeout: durationFrom('1s', '300s').prefault('10s'),
  log_level: z.enum(['fatal', 'error', 'warn', 'info', 'debug']).default('info'),
});

export type Config = z.infer<typeof configSchema>;
