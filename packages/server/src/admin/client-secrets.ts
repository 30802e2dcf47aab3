// The secrets of clients: several may be good at once, for a rotation without a gap.

import { randomUUID } from 'node:crypto';
import { type ClientSecret, type Dialect, usesSecret } from '@tessera-oauth/core';
import {
  addSecret,
  listSecrets,
  pageOfSecrets,
  revokeSecret,
  type SecretListing,
} from '../store/tables/client-secrets.ts';
import { lockClient } from '../store/tables/clients.ts';
import { conflict, invalid, notFound } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';
import { existingClient, existingIssuer, unknownClient } from './existing.ts';
import { refusePast } from './forms.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

/** A secret to be made, or one that there is already. */
export interface NewSecret {
  /** A person's choice, hashed slowly; without it one is made. */
  readonly chosen?: string | undefined;
  /** One that `generateSecret` has made elsewhere, at least 122 random bits. */
  readonly generated?: string | undefined;
  /** Epoch milliseconds; null: never. */
  readonly expires_at?: number | null;
}

/** A secret that was added. */
export interface AddedSecret extends SecretListing {
  /** In the clear, for the only time; undefined where the caller knew it before. */
  readonly client_secret: string | undefined;
}

const longestSecret = 512;

/**
 * Gives a client one more secret. Throws `not_found`, `conflict` for a public client, and `invalid` for a secret that
 * cannot be.
 */
export async function addClientSecret(
  context: AdminContext,
  issuer: string,
  client_id: string,
  secret: NewSecret,
): Promise<AddedSecret> {
  const { dialect } = await existingIssuer(context, issuer);
  const { stored, shown } = await makeSecret(context, issuer, client_id, dialect, secret);
  return change(context, 'client_secret.add', async (transaction) => {
    const client = await lockClient(transaction, issuer, client_id);
    if (client === undefined) throw unknownClient(issuer, client_id);
    if (!usesSecret(client.token_endpoint_auth_method))
      throw conflict('client_id', `client ${client_id}: is public and has no secret`);
    const created_at = context.now();
    await addSecret(transaction, issuer, client_id, stored, created_at);
    const { hash, ...listed } = stored;
    const { id, kind, expires_at } = listed;
    return {
      issuer,
      target: client_id,
      before: null,
      after: { secret_id: id, kind, expires_at },
      result: { ...listed, created_at, last_used_at: null, client_secret: shown },
    };
  });
}

/** The secrets of a client, the oldest first, without the secrets themselves. Throws `not_found`. */
export async function listClientSecrets(
  context: AdminContext,
  issuer: string,
  client_id: string,
  request: ListRequest,
): Promise<Page<SecretListing>> {
  await existingClient(context, issuer, client_id);
  return pageOf(
    request,
    ['number', 'string'],
    (page) => pageOfSecrets(context.db, issuer, client_id, page),
    (secret) => secret,
  );
}

/** All secrets of a client, without the secrets themselves. */
export const allClientSecrets = (
  { db }: Pick<AdminContext, 'db'>,
  issuer: string,
  client_id: string,
): Promise<readonly SecretListing[]> => listSecrets(db, issuer, client_id);

/** Refuses a secret from now on; one that is revoked already stays as it is. Throws `not_found`. */
export function revokeClientSecret(
  context: AdminContext,
  issuer: string,
  client_id: string,
  id: string,
): Promise<SecretListing> {
  return change(context, 'client_secret.revoke', async (transaction) => {
    const now = context.now();
    const secret = (await listSecrets(transaction, issuer, client_id)).find((each) => each.id === id);
    if (secret === undefined)
      throw notFound('secret_id', `secret ${id}: client ${client_id} has no such secret`);
    if (!(await revokeSecret(transaction, issuer, client_id, id, now)))
      return { issuer, target: client_id, before: {}, after: {}, result: secret };
    const { kind, expires_at } = secret;
    const before = { secret_id: id, kind, expires_at, revoked_at: null };
    const after = { ...before, revoked_at: now };
    return { issuer, target: client_id, before, after, whole: true, result: { ...secret, revoked_at: now } };
  });
}

/**
 * A secret as it is stored, and as it is shown once. Throws `invalid` for a chosen one that cannot be, and for one that
 * would have expired.
 */
export async function makeSecret(
  { hashes, now }: Pick<AdminContext, 'hashes' | 'now'>,
  issuer: string,
  client_id: string,
  dialect: Dialect,
  { chosen, generated, expires_at = null }: NewSecret,
): Promise<{ stored: ClientSecret; shown: string | undefined }> {
  refusePast('expires_at', expires_at, now());
  const id = randomUUID();
  if (chosen === undefined) {
    const secret = generated ?? hashes.generate(dialect.credentials.client_secret);
    const hash = hashes.hashGenerated(secret);
    const stored: ClientSecret = { id, kind: 'keyed', hash, expires_at, revoked_at: null };
    return { stored, shown: generated === undefined ? secret : undefined };
  }
  if (chosen === '' || chosen.length > longestSecret || chosen.includes('\0'))
    throw invalid('client_secret', `expected 1 to ${longestSecret} characters without NUL`);
  // As a text editor or `echo` adds it: the client would not send it, and nobody would see why it is refused.
  if (chosen !== chosen.trim())
    throw invalid('client_secret', 'got one with a blank at its beginning or end, expected none there');
  const hash = await hashes.hashChosen(issuer, client_id, chosen);
  return { stored: { id, kind: 'argon2id', hash, expires_at, revoked_at: null }, shown: undefined };
}
