// What somebody has who can read the whole database: every row of every table, and the files where there are any.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

export interface Dump {
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  /** Each text in a row once, and what is in those that are JSON. */
  readonly values: readonly string[];
  /** Everything, to be searched. */
  readonly bytes: Buffer;
}

export function dumpSqlite(folder: string): Dump {
  const db = new DatabaseSync(join(folder, 'tessera.db'), { readOnly: true });
  try {
    const names = db.prepare("select name from sqlite_schema where type = 'table'").all();
    const tables = names.map(
      ({ name }) => [String(name), db.prepare(`select * from "${name}"`).all()] as const,
    );
    const files = ['tessera.db', 'tessera.db-wal'].map((name) => readFileSync(join(folder, name)));
    return dumpOf(Object.fromEntries(tables), files);
  } finally {
    db.close();
  }
}

export async function dumpPostgres(url: string): Promise<Dump> {
  const client = new Client(url);
  await client.connect();
  try {
    const names = await client.query("select tablename from pg_tables where schemaname = 'public'");
    const tables: Record<string, Record<string, unknown>[]> = {};
    for (const { tablename } of names.rows)
      tables[tablename] = (await client.query(`select * from "${tablename}"`)).rows;
    return dumpOf(tables, []);
  } finally {
    await client.end();
  }
}

function dumpOf(tables: Dump['tables'], files: readonly Buffer[]): Dump {
  const cells = Object.values(tables).flatMap((rows) => rows.flatMap((row) => Object.values(row)));
  const values = [...new Set(cells.flatMap(textsOf))].filter((text) => text !== '');
  return { tables, values, bytes: Buffer.concat([...files, Buffer.from(values.join('\n'))]) };
}

function textsOf(cell: unknown): string[] {
  if (cell === null || cell === undefined) return [];
  if (typeof cell === 'object' && !Buffer.isBuffer(cell)) return Object.values(cell).flatMap(textsOf);
  const text = Buffer.isBuffer(cell) ? cell.toString('latin1') : String(cell);
  if (!/^[[{]/.test(text)) return [text];
  return [text, ...textsOf(JSON.parse(text))];
}

/** In which ways a secret may be written down, or hashed so that a dictionary undoes it. */
export function shapesOf(secret: Buffer): Buffer[] {
  const middle = Math.ceil(secret.length / 2);
  const halves = [secret.subarray(0, middle), secret.subarray(middle)];
  const backwards = Buffer.from(secret).reverse();
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].map((name) => createHash(name).update(secret).digest());
  const long = halves.filter(({ length }) => length >= 8);
  return [secret, backwards, Buffer.concat(halves.toReversed()), ...long, ...hashes].flatMap((bytes) => {
    const hex = bytes.toString('hex');
    const texts = [hex, hex.toUpperCase(), bytes.toString('base64'), bytes.toString('base64url')];
    return [bytes, ...texts.map((text) => Buffer.from(text.replace(/=+$/, '')))];
  });
}
