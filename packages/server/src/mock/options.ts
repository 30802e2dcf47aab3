// The options of a mock.

import { builtInDialects, type Dialect, redirectUriFault } from '@tessera-oauth/core';
import { z } from 'zod';
import { origin, resource, signingAlg } from '../config/schema.ts';
import { validate } from '../config/validation.ts';
import { isLoopback } from '../http/outsiders.ts';
import { UsageError } from '../model.ts';
import type { FaultRule } from './faults.ts';

const claims = z.record(z.string(), z.unknown());

/** One that a server would register: a test that is green here is not refused there. */
const redirectUri = z.string().superRefine((uri, context) => {
  const fault = redirectUriFault(uri);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

const id = 'a client_id, a text that is not empty';
const secret = 'a secret, a text that is not empty; without one the client is public';

const client = z.strictObject({
  /** The id of the client. */
  client_id: z.string(id).min(1, id),
  /** The secret of the client; without it the client is public (RFC 6749 §2.1). */
  client_secret: z.string(secret).min(1, secret).optional(),
  /** The scopes that it may ask for; without it, any. */
  scope: z.array(z.string()).optional(),
  /** Its redirect URIs; without it, any that it asks for. */
  redirect_uris: z.array(redirectUri).optional(),
  /** The algorithm of its ID tokens, if the issuer has it; `RS256` by default. */
  id_token_signed_response_alg: signingAlg.optional(),
});
export type ClientRule = z.output<typeof client>;

/** The user who is signed in at the authorization endpoint, and allows everything. */
export const mockUser = z.strictObject({
  /** The id of the user: the `sub` of tokens. `user-1` by default. */
  id: z.string().min(1).default('user-1'),
  /** The name that the user signs in with; the email address by default. */
  login: z.string().min(1).optional(),
  /** The full name. `Test User` by default. */
  name: z.string().default('Test User'),
  /** The email address; by default the id at example.com. */
  email: z.string().optional(),
});
export type MockUser = z.output<typeof mockUser>;

const lifetimes = 'a whole number of seconds from 1 to 86400, such as 3600';
const ports = 'a whole number from 0 to 65535';

const schema = z.strictObject({
  /** The name of a dialect, built in or of the gallery, the path of a YAML or JSON file, or its content. `standard` by default. */
  dialect: z.union([z.string(), z.record(z.string(), z.unknown())]).default('standard'),
  /** The algorithm that signs access tokens, one of the dialect's; its first by default. ID tokens: RS256. */
  signing_alg: signingAlg.optional(),
  /** The address to listen on. `127.0.0.1` by default. */
  host: z.string().min(1, 'a host name or an IP address such as 127.0.0.1').default('127.0.0.1'),
  /** The port to listen on; 0, the default, is a free one. */
  port: z.int(ports).min(0, ports).max(65_535, ports).default(0),
  /** The issuer, if clients reach the mock at another origin than the one that it listens on. */
  public_url: origin.optional(),
  /** Must be true for a `host` that is not a loopback address: everybody who reaches the mock gets tokens of it. */
  accept_any_client_from_anywhere: z.boolean().default(false),
  /** The clients that are known; without it, any client_id is, with any secret. */
  clients: z.array(client).optional(),
  /** The scope of clients that ask for none; by default what a client of the vendor has, and none in other dialects. */
  scope: z.array(z.string()).optional(),
  /** The resources (RFC 8707) of the issuer, beside those that requests name; the first is the default audience. */
  resources: z.array(resource).default([]),
  /** The lifetime of access tokens, in seconds; that of the dialect by default. */
  lifetime: z.int(lifetimes).min(1, lifetimes).max(86_400, lifetimes).optional(),
  /** Claims to add to the access tokens of the token endpoint. */
  claims: claims.default({}),
  /** The user who is signed in at the authorization endpoint, and allows everything. */
  user: mockUser.prefault({}),
  /** Faults from the start on, and after each reset. */
  faults: z.array(z.custom<FaultRule>()).default([]),
});

/** Options of a mock; all can be left out. */
export type MockOptions = z.input<typeof schema>;
export type MockSettings = z.output<typeof schema>;

/** Throws a UsageError. */
export function readOptions(options: MockOptions): MockSettings {
  const settings = validate(schema, options, 'mock');
  if (!isLoopback(settings.host) && !settings.accept_any_client_from_anywhere)
    throw new UsageError(
      `host: ${settings.host} can be reached from elsewhere, and a mock gives tokens to anybody: ` +
        'say accept-any-client-from-anywhere to have that',
    );
  return settings;
}

export async function findDialect(dialect: MockSettings['dialect']): Promise<Dialect> {
  const builtIn = builtInDialects.find(({ name }) => name === dialect);
  if (builtIn !== undefined) return builtIn;
  const { readDialect, withGallery } = await import('../config/dialects.ts');
  if (typeof dialect !== 'string')
    return readDialect(dialect, 'dialect', await withGallery([dialect.extends]));
  const named = (await withGallery([dialect])).get(dialect);
  if (named !== undefined) return named;
  if (!/\.(ya?ml|json)$/.test(dialect)) throw await unknownDialect(dialect);
  const { readLocated } = await import('../config/document.ts');
  const { document, locate } = await readLocated(dialect);
  return readDialect(document, dialect, await withGallery([document.extends]), locate);
}

async function unknownDialect(dialect: string): Promise<UsageError> {
  const { expectedDialect } = await import('../config/gallery.ts');
  const names = builtInDialects.map(({ name }) => name);
  return new UsageError(
    `dialect: got "${dialect}", ${expectedDialect(dialect, names, 'a YAML or JSON file, ')}`,
  );
}
