// The configuration: every key, its meaning, its default. tessera.example.yaml says the same with examples.

import { signingAlgorithms } from '@tessera/core';
import { z } from 'zod';

const durationUnits = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `90d`, `12h`, `10m` or `5s`, as milliseconds. */
export const duration = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, 'a duration such as 30s, 10m, 12h or 90d')
  .transform(
    (text) => Number(text.slice(0, -1)) * durationUnits[text.slice(-1) as keyof typeof durationUnits],
  );

const origin = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text), {
    message: 'an origin such as https://auth.example.com, without a path',
  });

export const issuerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens');

/** Where an issuer lives: `/` or a path below the public URL, or an absolute URL of its own. */
export const issuerLocation = z
  .string()
  .refine((text) => /^\/$|^(\/[A-Za-z0-9._~-]+)+$/.test(text) || isIssuerUrl(text), {
    message:
      'a path such as /partners, or a URL such as https://auth.example.com/partners, without a trailing slash',
  });

// RFC 8414 §2: an issuer has no query and no fragment.
function isIssuerUrl(text: string): boolean {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text) || text.endsWith('/')) return false;
  const { search, hash, username, password } = new URL(text);
  return search === '' && hash === '' && username === '' && password === '';
}

/** A resource indicator: an absolute URI without a fragment (RFC 8707 §2). */
export const resource = z.string().refine((text) => URL.canParse(text) && !text.includes('#'), {
  message: 'an absolute URI without a fragment, such as https://api.example.com',
});

export const signingAlg = z.enum(signingAlgorithms);
export const tokenLifetime = z.int().min(30).max(86_400);

const issuer = z.strictObject({
  name: issuerName,
  location: issuerLocation,
  dialect: z.string().default('standard'),
  signing_alg: signingAlg.optional(),
  access_token_lifetime: tokenLifetime.optional(),
  resources: z.array(resource).default([]),
});

export const configSchema = z.strictObject({
  /** Without it: the address listened on. */
  public_url: origin.optional(),
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8080),
    })
    .prefault({}),
  data: z.string().min(1).default('./tessera-data'),
  /** In the environment alone: a file that people share is no place for it. */
  master_key: z.string().optional(),
  master_key_file: z.string().min(1).optional(),
  tls: z.strictObject({ cert_file: z.string().min(1), key_file: z.string().min(1) }).optional(),
  /** Addresses or CIDR ranges of the proxies whose X-Forwarded-For is believed; true: whoever connects. */
  trust_proxy: z.union([z.boolean(), z.array(z.string())]).default(false),
  dialects: z.array(z.string().min(1)).default([]),
  issuers: z.array(issuer).default([]),
  key_rotation: duration.refine((ms) => ms >= 3_600_000, 'at least 1h').prefault('90d'),
  request_timeout: duration.refine((ms) => ms >= 1000 && ms <= 300_000, 'from 1s to 300s').prefault('10s'),
  log_level: z.enum(['fatal', 'error', 'warn', 'info', 'debug']).default('info'),
});

export type Config = z.infer<typeof configSchema>;
