// Rows ↔ the model's nouns, and the note that every change leaves for those who follow.

import type { Client, ClientSecret } from '@tessera/core';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { StoredIssuer } from '../model.ts';
import { postgresOf } from './engine.ts';
import type { ChangeTopic, Schema } from './schema.ts';

type Row<Table extends keyof Schema> = Selectable<Schema[Table]>;

export const issuerFromRow = (row: Row<'issuers'>): StoredIssuer => ({
  name: row.name,
  location: row.location,
  dialect: row.dialect,
  signing_alg: row.signing_alg as StoredIssuer['signing_alg'],
  access_token_lifetime: row.access_token_lifetime,
  resources: JSON.parse(row.resources),
  theme: row.theme === null ? null : JSON.parse(row.theme),
});

export const issuerColumns = ({ resources, theme, ...same }: StoredIssuer) => ({
  ...same,
  resources: JSON.stringify(resources),
  theme: theme === null ? null : JSON.stringify(theme),
});

export const clientFromRow = (row: Row<'clients'>, secrets: readonly ClientSecret[]): Client => ({
  client_id: row.client_id,
  client_id_issued_at: Math.floor(row.created_at / 1000),
  client_name: row.client_name,
  owner: row.owner,
  token_endpoint_auth_method: row.token_endpoint_auth_method as Client['token_endpoint_auth_method'],
  grant_types: JSON.parse(row.grant_types),
  scope: row.scope === '' ? [] : row.scope.split(' '),
  redirect_uris: JSON.parse(row.redirect_uris),
  post_logout_redirect_uris: JSON.parse(row.post_logout_redirect_uris),
  logo_uri: row.logo_uri,
  consent_message: row.consent_message,
  introspection: row.introspection as Client['introspection'],
  disabled: row.disabled === 1,
  secrets,
});

export const secretFromRow = (row: Row<'client_secrets'>): ClientSecret => ({
  id: row.id,
  kind: row.kind as ClientSecret['kind'],
  hash: row.hash,
  expires_at: row.expires_at,
  revoked_at: row.revoked_at,
});

/** What a person may say of a client. */
export type ClientMembers = Partial<Omit<Client, 'client_id' | 'client_id_issued_at' | 'secrets'>>;

type ClientColumns = Omit<Row<'clients'>, 'issuer' | 'client_id' | 'created_at' | 'updated_at'>;

/** The columns of these members, and no others: of two changes at once, neither undoes the other. */
export function clientColumns(members: Required<ClientMembers>): ClientColumns;
export function clientColumns(members: ClientMembers): Partial<ClientColumns>;
export function clientColumns({
  grant_types,
  redirect_uris,
  post_logout_redirect_uris,
  scope,
  disabled,
  ...same
}: ClientMembers): Partial<ClientColumns> {
  return {
    ...same,
    ...(grant_types && { grant_types: JSON.stringify(grant_types) }),
    ...(redirect_uris && { redirect_uris: JSON.stringify(redirect_uris) }),
    ...(post_logout_redirect_uris && {
      post_logout_redirect_uris: JSON.stringify(post_logout_redirect_uris),
    }),
    ...(scope && { scope: scope.join(' ') }),
    ...(disabled !== undefined && { disabled: disabled ? 1 : 0 }),
  };
}

/** Where PostgreSQL tells those who listen that there are changes. */
export const changesChannel = 'tessera_changes';

/**
 * Notes a change, in the transaction that makes it. Changes become visible in the order of their numbers: a follower
 * who has seen one has seen all before it.
 */
export async function noteChange(
  db: Kysely<Schema>,
  topic: ChangeTopic,
  issuer: string,
  subject: string,
  at: number,
): Promise<void> {
  const change: Insertable<Schema['changes']> = { topic, issuer, subject, at };
  const postgres = postgresOf(db);
  if (postgres === undefined) {
    await db.insertInto('changes').values(change).execute();
    return;
  }
  // The counter's row is locked until this transaction ends: nobody gets a later number and is seen before. A sequence
  // would not wait, and a follower would pass over what a slower transaction commits afterwards.
  const { numAffectedRows } = await sql`
    with counted as (update change_counter set seq = seq + 1 returning seq)
    insert into changes (seq, topic, issuer, subject, at)
    select seq, ${topic}, ${issuer}, ${subject}, cast(${at} as bigint) from counted
    ${postgres.notifies ? sql`returning pg_notify(${sql.lit(changesChannel)}, '')` : sql``}`.execute(db);
  if (numAffectedRows !== 1n) throw new Error('change_counter has no row');
}
