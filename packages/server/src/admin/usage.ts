// Usage: how many access tokens each client was given, by the day.

import { pageOfUsage, type UsageDay, type UsageFilter } from '../store/tables/usage-days.ts';
import type { AdminContext } from './context.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

const day = 86_400_000;

/**
 * Access tokens by client and day (UTC), the newest day first; `filter` by issuer, by client, and by the day (epoch
 * milliseconds) that is the first to count. Servers write what they count once a second.
 */
export const listUsage = (
  { db }: Pick<AdminContext, 'db'>,
  { since = 0, ...filter }: UsageFilter,
  request: ListRequest,
): Promise<Page<UsageDay>> =>
  pageOf(
    request,
    ['number', 'string', 'string'],
    (page) => pageOfUsage(db, { ...filter, since: Math.floor(since / day) * day }, page),
    (usage) => usage,
  );
