// The configuration: every key, its meaning, its default. tessera.example.yaml says the same with examples.

import { isIP } from 'node:net';
import { signingAlgorithms } from '@tessera-oauth/core';
import { z } from 'zod';
import { isName, longestName, normalizeWords } from '../words.ts';
import { declared, secretVariable } from './declared.ts';
import { keysAndValues } from './keys.ts';
import { cleanSecret, isPlain, isUrl } from './plain.ts';
import { postgresUrlMistake } from './postgres-url.ts';
import { durationFrom, milliseconds, text, tokenReuse, whole } from './values.ts';

/** A duration such as `90d`, `12h`, `10m` or `5s`, as milliseconds. */
export const duration = text(
  'a duration such as 30s, 10m, 12h or 90d',
  (written) => milliseconds(written) >= 0,
).transform(milliseconds);

export const origin = text(
  'an origin such as https://auth.example.com, without a path',
  (written) => isUrl(written) && new URL(written).origin === written && /^https?:/.test(written),
);

const nameExpected = 'a name of lower-case letters, digits and hyphens, such as main';
export const issuerName = z.string(nameExpected).regex(/^[a-z][a-z0-9-]{0,62}$/, nameExpected);

/** Where an issuer lives: `/` or a path below the public URL, or an absolute URL of its own. */
export const issuerLocation = text(
  'a path such as /partners, or a URL such as https://auth.example.com/partners, without a trailing slash',
  (written) => written === '/' || (written.startsWith('/') ? isPlainPath(written) : isIssuerUrl(written)),
).refine((written) => !/^(https?:\/\/[^/]*)?\/(.*\/)?account(\/|$)/.test(written), {
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
const network = text('an IP address, or a range such as 10.0.0.0/8', isNetwork);

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

/** A resource indicator: an absolute URI without a fragment (RFC 8707 §2). */
export const resource = text(
  'an absolute URI without a fragment, such as https://api.example.com',
  isResource,
);

// It stands in tokens and is compared letter by letter.
function isResource(text: string): boolean {
  return /^[\x21-\x7E]{1,2000}$/.test(text) && isUrl(text) && !text.includes('#');
}

export const signingAlg = z.enum(signingAlgorithms);
export const tokenLifetime = whole('a whole number of seconds from 30 to 86400, such as 3600', 30, 86_400);

/** Where it was parsed already. */
export const tokenReuseSeconds = whole('a whole number of seconds from 0 to 3600, such as 30', 0, 3600);

/** For whose users a client may vouch at the user token endpoint: those of its owner, or any of the deployment. */
export const vouchedUsers = z.enum(['own', 'any']);

const httpsUrl = (example: string) =>
  text(
    `an https URL such as https://www.example.com/${example}`,
    (written) => /^https:\/\/[\x21-\x7E]{1,2000}$/.test(written) && isUrl(written),
  );

/** A name that people are shown. */
const words = (most: number) =>
  z
    .string(`a text of 1 to ${most} characters, all of which can be seen, in quotes`)
    .overwrite(normalizeWords)
    .refine((text) => isName(text, most), `1 to ${most} characters, all of which can be seen`);

/** Values of which each stands once. */
const eachOnce = <Value extends z.ZodType<string>>(value: Value) =>
  z
    .array(value, 'a list such as [https://api.example.com]')
    .refine((values) => new Set(values).size === values.length, 'each of them once');

/** How the pages of an issuer look. */
export const issuerTheme = z.strictObject({
  name: words(longestName).optional(),
  logo_uri: httpsUrl('logo.svg').optional(),
  logo_uri_dark: httpsUrl('logo-dark.svg').optional(),
  color: text('a colour such as "#0a5fd4", in quotes', (written) =>
    /^#[0-9a-f]{6}$/i.test(written),
  ).optional(),
  support_url: httpsUrl('help').optional(),
  privacy_url: httpsUrl('privacy').optional(),
  terms_url: httpsUrl('terms').optional(),
  forgot_password_url: httpsUrl('forgot').optional(),
});

/** A URL of the company's own: https, or on this machine. */
const ownUrl = (example: string) =>
  text(`an https URL such as ${example}, or http on a loopback address`, isOwnUrl);

function isOwnUrl(text: string): boolean {
  if (!isUrl(text) || text.includes('#')) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
  );
}

/** The path of a file or a folder. */
const path = (example: string) =>
  text(
    `a path such as ${example}, without quotes, blanks or line breaks around it`,
    (written) => written !== '' && isPlain(written),
  );

/** An OpenID Connect provider where users may sign in. */
const upstream = z.strictObject({
  name: issuerName,
  /** The text of the button. */
  label: words(60),
  issuer: ownUrl('https://id.example.com'),
  client_id: text('the client_id that the provider has given, in quotes', (written) => written !== ''),
  /** Where the client secret is: in a file, or in the environment. */
  client_secret_file: path('/run/secrets/example-client').optional(),
  client_secret_variable: secretVariable.optional(),
  scope: z.string().default('openid profile email'),
});

/** An origin on the user's own machine, of one port or of all. */
const loopbackOrigin = text(
  'a loopback origin such as http://localhost:5173, or http://localhost:* for every port',
  (written) => /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:(\d{1,5}|\*))?$/.test(written),
);

const login = z.strictObject({
  /** Whether users with a password of their own may sign in. */
  local: z.boolean().default(true),
  upstreams: z
    .array(upstream, 'a list of providers, each with name, label, issuer and client_id')
    .default([]),
  /** The company's own sign-in page, in place of all other ways to sign in. */
  url: ownUrl('https://www.example.com/sign-in').optional(),
  /** The file of the secret that authenticates the server of that page. */
  secret_file: path('/run/secrets/tessera-login').optional(),
  /** Where public clients are taken for what they say they are. */
  loopback_origins: z.array(loopbackOrigin, 'a list such as [http://localhost:5173]').default([]),
});

export const mostWorkers = 256;
const workersExpected = `a number from 1 to ${mostWorkers}, or auto`;

const issuer = keysAndValues(
  {
    name: issuerName,
    location: issuerLocation,
    dialect: z.string('the name of a dialect, such as standard').default('standard'),
    signing_alg: signingAlg.optional(),
    access_token_lifetime: tokenLifetime.optional(),
    token_reuse: tokenReuse.default(0),
    resources: eachOnce(resource).default([]),
    vouched_users: vouchedUsers.default('own'),
    theme: issuerTheme.optional(),
    ...declared,
  },
  'keys and values such as {name: main, location: /}',
);

/** An address or a name to listen on. */
const listenHost = text(
  'a host name or an IP address such as 127.0.0.1, without quotes or blanks',
  (host) => isUrl(`http://${host.includes(':') ? `[${host}]` : host}`) && !/[/?#@"'`]/.test(host),
);

const listenPort = (example: string) =>
  whole(`a whole number from 0 to 65535, such as ${example}`, 0, 65_535);

export const configSchema = z.strictObject({
  /** Default: the address that the server listens on. */
  public_url: origin.optional(),
  listen: keysAndValues(
    { host: listenHost.default('127.0.0.1'), port: listenPort('8080').default(8080) },
    'keys and values such as {host: 127.0.0.1, port: 8080}',
  ).prefault({}),
  /** Health and metrics; absent: there is no such listener. */
  management: keysAndValues(
    { host: listenHost.default('127.0.0.1'), port: listenPort('9090') },
    'keys and values such as {port: 9090}',
  ).optional(),
  data: path('/var/lib/tessera').default('./tessera-data'),
  /** Default: SQLite in `data`. It may hold a password, and is never shown. */
  database: z
    .string(postgresUrlMistake(''))
    .transform(cleanSecret)
    .refine((written) => postgresUrlMistake(written) === undefined, {
      error: ({ input }) => postgresUrlMistake(String(input)) ?? '',
    })
    .optional(),
  /** From the environment alone: configuration files are shared. */
  master_key: z.string('32 bytes in Base64').optional(),
  master_key_file: path('/run/secrets/tessera-master-key').optional(),
  tls: keysAndValues(
    { cert_file: path('/etc/tessera/tls/fullchain.pem'), key_file: path('/etc/tessera/tls/privkey.pem') },
    'keys and values such as {cert_file: fullchain.pem, key_file: privkey.pem}',
  ).optional(),
  /** Addresses and ranges of the proxies whose X-Forwarded-For is trusted. */
  trust_proxy: z
    .union(
      [z.literal(false), z.array(network)],
      'false, or a list of the addresses and ranges of your proxies, such as [10.0.0.0/8]',
    )
    .default(false),
  dialects: z.array(path('dialects/acme.yaml'), 'a list of files, such as [dialects/acme.yaml]').default([]),
  issuers: z.array(issuer, 'a list of issuers, such as [{name: main, location: /}]').default([]),
  login: login.prefault({}),
  /** How long answers may come from memory while the database is unavailable. */
  outage_tolerance: durationFrom('0s', '7d', '10m').prefault('10m'),
  /** Processes that share the port. */
  workers: z.union([z.literal('auto'), whole(workersExpected, 1, mostWorkers)], workersExpected).default(1),
  key_rotation: durationFrom('1h', '9999d', '90d').prefault('90d'),
  request_timeout: durationFrom('1s', '300s', '10s').prefault('10s'),
  log_level: z.enum(['fatal', 'error', 'warn', 'info', 'debug']).default('info'),
});

/** That part of it. */
export const dialectsSchema = configSchema.pick({ dialects: true });

export type Config = z.infer<typeof configSchema>;
