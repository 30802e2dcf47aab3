// Pages of a list. A cursor is the sort key of the last row, base64url of JSON: opaque to callers, and good for as long as
// the list is sorted the same way, whatever is added or deleted in between.

import { parseJson } from '@tessera-oauth/core';
import type { PageOfRows, PageRequest, SortKey } from '../store/sql/keyset.ts';
import { invalid } from './admin-error.ts';

/** Which part of a list. */
export interface ListRequest {
  /** How many items at most: 1 to 1000. */
  readonly limit: number;
  /** `next` of the page before; undefined: from the beginning. */
  readonly after?: string | undefined;
}

/** A part of a list. */
export interface Page<Item> {
  /** As many as were asked for, or fewer at the end. */
  readonly items: readonly Item[];
  /** The cursor of the page that follows; null: there is none. */
  readonly next: string | null;
}

/** The most that one page holds. */
const largestPage = 1000;

/** The types of a sort key's members, in their order. */
type KeyShape = readonly ('string' | 'number')[];

/** Reads a page; throws `invalid` for a limit or a cursor that no list gave. */
export async function pageOf<Row, Item>(
  { limit, after }: ListRequest,
  shape: KeyShape,
  read: (page: PageRequest) => Promise<PageOfRows<Row>>,
  itemOf: (row: Row) => Item,
): Promise<Page<Item>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw invalid('limit', `got ${limit}, expected a whole number from 1 to ${largestPage}`);
  const { rows, next } = await read({ limit, after: after === undefined ? undefined : decode(after, shape) });
  return { items: rows.map(itemOf), next: next === undefined ? null : encode(next) };
}

const encode = (key: SortKey): string => Buffer.from(JSON.stringify(key)).toString('base64url');

function decode(cursor: string, shape: KeyShape): SortKey {
  const key = parseJson(Buffer.from(cursor, 'base64url').toString());
  const fits =
    Array.isArray(key) &&
    key.length === shape.length &&
    shape.every((type, index) => typeof key[index] === type && storable(key[index])) &&
    encode(key) === cursor;
  if (!fits)
    throw invalid('after', `got ${JSON.stringify(cursor)}, expected what the same list gave as next`);
  return key;
}

/** What a database can compare with: PostgreSQL takes neither a NUL nor a number beyond its own. */
const storable = (value: unknown): boolean =>
  typeof value === 'string' ? !value.includes('\0') : Number.isSafeInteger(value);
