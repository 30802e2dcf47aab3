// The one way in which administration changes anything: a transaction that also records who did what to what. Either
// both are there afterwards or neither is.

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import type { Schema } from '../store/sql/schema.ts';
import { transact } from '../store/sql/transact.ts';
import { appendAdminEvent, type Members } from '../store/tables/admin-events.ts';
import type { AdminContext } from './context.ts';

/** Everything that can be done, as the record names it. */
export const adminVerbs = [
  'issuer.create',
  'issuer.update',
  'issuer.disable',
  'issuer.enable',
  'issuer.delete',
  'scope.create',
  'scope.update',
  'scope.delete',
  'client.create',
  'client.update',
  'client.delete',
  'client_secret.add',
  'client_secret.revoke',
  'user.create',
  'user.update',
  'user.disable',
  'user.enable',
  'user.reset_password',
  'user.delete',
  'key.rotate',
  'key.revoke',
  'master_key.rotate',
  'master_key.retire',
  'grant.revoke',
  'session.end',
  'token.revoke',
] as const;

/** What was done, such as `client.update`. */
export type AdminVerb = (typeof adminVerbs)[number];

/** The record of a change, and the result for its caller. */
export interface Changed<Result> {
  /** Null: belongs to no issuer. */
  readonly issuer: string | null;
  /** What was changed, by its id. */
  readonly target: string;
  /** Its members before and after. Null: it did not exist, or exists no more. Never a secret, a hash or a password. */
  readonly before: Members | null;
  /** As `before`, when it is done. */
  readonly after: Members | null;
  /** Recorded with the members that did not change, too: those of what was ended tell what it was. */
  readonly whole?: true;
  /** What `change` gives to its caller. */
  readonly result: Result;
}

/**
 * Runs `work` in a transaction, or in the one that is open, and appends its record. `work` may run several times, and
 * throws an AdminError to refuse. Where every member is after the change what it was before, nothing is recorded,
 * unless it is recorded whole.
 */
export function change<Result>(
  { db, actor, now }: Pick<AdminContext, 'db' | 'actor' | 'now'>,
  verb: AdminVerb,
  work: (transaction: Kysely<Schema>) => Promise<Changed<Result>>,
): Promise<Result> {
  return transact(db, async (transaction) => {
    const { issuer, target, result, whole, ...members } = await work(transaction);
    const { before, after } = whole === true ? members : difference(members);
    if (before === null || after === null || Object.keys(after).length > 0)
      await appendAdminEvent(transaction, {
        id: randomUUID(),
        at: now(),
        actor: { kind: actor.kind, name: actor.name },
        verb,
        issuer,
        target,
        before,
        after,
      });
    return result;
  });
}

/** Several changes, each recorded, that are all made or none: `work` is given the context to make them with. */
export const inOneTransaction = <Result>(
  context: AdminContext,
  work: (context: AdminContext) => Promise<Result>,
): Promise<Result> => transact(context.db, (transaction) => work({ ...context, db: transaction }));

/** Only the members that changed, where there is a before and an after. */
function difference({ before, after }: Pick<Changed<unknown>, 'before' | 'after'>) {
  if (before === null || after === null) return { before, after };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isDeepStrictEqual(before[name], after[name]),
  );
  const only = (members: Members) => Object.fromEntries(names.map((name) => [name, members[name] ?? null]));
  return { before: only(before), after: only(after) };
}
