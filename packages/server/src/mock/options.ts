// What a mock can be told when it starts.

import { builtInDialects, type Dialect } from '@tessera-oauth/core';
import { z } from 'zod';
import { origin } from '../config/schema.ts';
import { validate } from '../config/validation.ts';
import { UsageError } from '../model.ts';
import type { FaultRule } from './faults.ts';

const claims = z.record(z.string(), z.unknown());

const client = z.strictObject({
  client_id: z.string().min(1),
  /** Without it the client is public. */
  client_secret: z.string().min(1).optional(),
  /** What it may ask for; without it: whatever it does. */
  scope: z.array(z.string()).optional(),
  /** Without it: wherever it asks for. */
  redirect_uris: z.array(z.string()).optional(),
});
export type ClientRule = z.output<typeof client>;

/** Who is signed in at the authorization endpoint, and allows everything. */
export const mockUser = z.strictObject({
  id: z.string().min(1).default('user-1'),
  login: z.string().min(1).optional(),
  name: z.string().default('Test User'),
  email: z.string().optional(),
});
export type MockUser = z.output<typeof mockUser>;

const schema = z.strictObject({
  /** A built-in dialect, a YAML or JSON file, or what would be in one. */
  dialect: z.union([z.string(), z.record(z.string(), z.unknown())]).default('standard'),
  host: z.string().min(1).default('127.0.0.1'),
  /** 0: a free one. */
  port: z.int().min(0).max(65_535).default(0),
  /** The issuer, where clients reach it by another name than the one it listens on. */
  public_url: origin.optional(),
  accept_any_client_from_anywhere: z.boolean().default(false),
  /** Without a list any client_id will do, with any secret. */
  clients: z.array(client).optional(),
  /** What a client gets that names no scope. */
  scope: z.array(z.string()).default([]),
  /** The APIs (RFC 8707), whatever else is asked for; the first is the default audience. */
  resources: z.array(z.string()).default([]),
  /** Seconds that access tokens live; without it the dialect's. */
  lifetime: z.int().min(1).max(86_400).optional(),
  /** Further members of access tokens. */
  claims: claims.default({}),
  user: mockUser.prefault({}),
  faults: z.array(z.custom<FaultRule>()).default([]),
});

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

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host);

export async function findDialect(wanted: MockSettings['dialect']): Promise<Dialect> {
  const builtIn = builtInDialects.find(({ name }) => name === wanted);
  if (builtIn !== undefined) return builtIn;
  const { readDialect } = await import('../config/dialects.ts');
  if (typeof wanted !== 'string') return readDialect(wanted, 'dialect');
  if (!/\.(ya?ml|json)$/.test(wanted)) {
    const names = builtInDialects.map(({ name }) => name).join(', ');
    throw new UsageError(`dialect: got "${wanted}", expected ${names}, or a YAML or JSON file`);
  }
  const { readDocument } = await import('../config/document.ts');
  return readDialect(await readDocument(wanted), wanted);
}
