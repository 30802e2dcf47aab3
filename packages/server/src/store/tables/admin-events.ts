// The table `admin_events`: who changed what, appended in the transaction of the change. Only a sweep deletes rows.

import type { Kysely } from 'kysely';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';

type Db = Kysely<Schema>;

/** Members by name. Never a secret, a hash or anything sealed. */
export type Members = Readonly<Record<string, unknown>>;

export interface AdminEvent {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: { readonly kind: string; readonly name: string };
  /** Such as `client.update`. */
  readonly verb: string;
  /** Null: what changed belongs to no issuer. */
  readonly issuer: string | null;
  /** What was changed, by its id. */
  readonly target: string;
  readonly before: Members | null;
  readonly after: Members | null;
}

export interface AdminEventFilter {
  readonly target?: string | undefined;
  /** `kind:name` */
  readonly actor?: string | undefined;
}

/** Only within the transaction that makes the change. */
export async function appendAdminEvent(transaction: Db, event: AdminEvent): Promise<void> {
  const { actor, before, after, ...same } = event;
  await transaction
    .insertInto('admin_events')
    .values({
      ...same,
      actor_kind: actor.kind,
      actor_name: actor.name,
      before: before && JSON.stringify(before),
      after: after && JSON.stringify(after),
    })
    .execute();
}

/** Takes what was known of a user out of the record, which still tells what was done, when and by whom. */
export async function forgetMembers(transaction: Db, user_id: string): Promise<void> {
  await transaction
    .updateTable('admin_events')
    .set({ before: null, after: null })
    .where('target', '=', user_id)
    .where('issuer', 'is', null)
    .execute();
}

/** The id of one of this verb, issuer and target; undefined where there is none. */
export async function findAdminEvent(
  db: Db,
  { verb, issuer, target }: Pick<AdminEvent, 'verb' | 'issuer' | 'target'>,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('admin_events')
    .select('id')
    .where('target', '=', target)
    .where('verb', '=', verb)
    .where('issuer', issuer === null ? 'is' : '=', issuer)
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** The newest first. */
export async function listAdminEvents(
  db: Db,
  { target, actor }: AdminEventFilter,
  page: PageRequest,
): Promise<PageOfRows<AdminEvent>> {
  let query = db.selectFrom('admin_events').selectAll();
  if (target !== undefined) query = query.where('target', '=', target);
  if (actor !== undefined) {
    const [kind = '', ...name] = actor.split(':');
    query = query.where('actor_kind', '=', kind).where('actor_name', '=', name.join(':'));
  }
  const sorting = {
    columns: ['at', 'id'],
    direction: 'desc' as const,
    keyOf: ({ at, id }: { at: number; id: string }) => [at, id],
  };
  const { rows, next } = await readPage(query, sorting, page);
  const events = rows.map(({ actor_kind, actor_name, before, after, ...same }) => ({
    ...same,
    actor: { kind: actor_kind, name: actor_name },
    before: before === null ? null : JSON.parse(before),
    after: after === null ? null : JSON.parse(after),
  }));
  return { rows: events, next };
}
