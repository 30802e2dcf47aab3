// The claims of the deny-list as JSON, in pieces that are quick to make: however long the list is, other requests have their
// turn between two of them.

import { hash } from 'node:crypto';
import type { Revocations } from '../ports.ts';

/** How many entries a piece has, about: half a millisecond's work. */
const slice = 1000;

/** Pieces, of which some are empty: together the text of one object, the same for the same revocations in any order. */
export function* denyListJson(claims: object, { tokens, clients }: Revocations): Generator<string> {
  yield `${JSON.stringify(claims).slice(0, -1)},"denied":[`;
  yield* list(tokens, (jti) => JSON.stringify(jti));
  yield '],"clients":{';
  // Hashed: a client_id may be a customer's name, and this is for everybody to read.
  yield* list(clients, ([client_id, before]) => `"${sha256(client_id)}":${before}`);
  yield '}}';
}

/** Sorted, with commas between. Sorted by their beginnings first, so that no step has all of them. */
function* list<Item>(items: Iterable<Item>, textOf: (item: Item) => string): Generator<string> {
  const byStart = new Map<string, string[]>();
  let count = 0;
  for (const item of items) {
    const text = textOf(item);
    // With the quotation mark, two characters of an id that is random.
    const start = text.slice(0, 3);
    const known = byStart.get(start);
    if (known === undefined) byStart.set(start, [text]);
    else known.push(text);
    count += 1;
    if (count % slice === 0) yield '';
  }
  let piece: string[] = [];
  let comma = '';
  for (const start of [...byStart.keys()].sort()) {
    piece.push(...(byStart.get(start) ?? []).sort());
    if (piece.length < slice) continue;
    yield comma + piece.join(',');
    piece = [];
    comma = ',';
  }
  if (piece.length > 0) yield comma + piece.join(',');
}

const sha256 = (text: string): string => hash('sha256', text, 'base64url');
