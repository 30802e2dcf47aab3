// The record of what administrators changed.

import {
  type AdminEvent,
  type AdminEventFilter,
  findAdminEvent,
  listAdminEvents,
} from '../store/tables/admin-events.ts';
import type { AdminVerb } from './change.ts';
import type { AdminContext } from './context.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

/** What was changed, by whom and when, the newest first; `filter` by target, or by actor as `kind:name`. */
export const listChanges = (
  { db }: Pick<AdminContext, 'db'>,
  filter: AdminEventFilter,
  request: ListRequest,
): Promise<Page<AdminEvent>> =>
  pageOf(
    request,
    ['number', 'string'],
    (page) => listAdminEvents(db, filter, page),
    (event) => event,
  );

/** Whether the record has it that this was done to that, as far back as it goes; `issuer` is null for what belongs to none. */
export const wasDone = async (
  { db }: Pick<AdminContext, 'db'>,
  verb: AdminVerb,
  issuer: string | null,
  target: string,
): Promise<boolean> => (await findAdminEvent(db, { verb, issuer, target })) !== undefined;
