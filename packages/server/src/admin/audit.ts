// The record of what administrators changed.

import { type AdminEvent, type AdminEventFilter, listAdminEvents } from '../store/tables/admin-events.ts';
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
