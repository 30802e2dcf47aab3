// Reads the payload of a deny-list in steps of a few milliseconds: however long it is, requests are answered meanwhile.

import { decode } from './base64url.ts';

/** Characters of base64url: whole groups of four. */
const slice = 256 * 1024;
/** Entries between two turns of others. */
const entries = 2000;

/** Adds what is in its `denied` to `revoked`, and gives the other claims. Throws an Error where it is no such payload. */
export async function readInSlices(
  payload: string,
  revoked: Set<string>,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await textOf(payload);
  const name = '"denied":[';
  const start = text.indexOf(name) + name.length;
  if (start < name.length) throw new Error('it has no list');
  const entry = /\s*"([^"\\]*)"\s*(?:,(?=\s*")|(?=\]))/y;
  const end = /\s*\]/y;
  end.lastIndex = entry.lastIndex = start;
  while (!end.test(text)) {
    const id = entry.exec(text)?.[1];
    if (id === undefined) throw new Error('its list cannot be read');
    revoked.add(id);
    end.lastIndex = entry.lastIndex;
    if (revoked.size % entries === 0) await turn();
  }
  return JSON.parse(text.slice(0, start) + text.slice(end.lastIndex - 1));
}

async function textOf(payload: string): Promise<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let at = 0; at < payload.length; at += slice) {
    if (at > 0) await turn();
    const bytes = decode(payload.slice(at, at + slice));
    if (bytes === undefined) throw new Error('it is not base64url');
    text += utf8.decode(bytes, { stream: true });
  }
  return text + utf8.decode();
}

/** Lets others have their turn; every runtime has timers. */
const turn = () => new Promise((resolve) => setTimeout(resolve));
