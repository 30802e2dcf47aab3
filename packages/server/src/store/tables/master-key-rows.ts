// Rows that hold what a master key has sealed or hashed: read page by page, and replaced by what a new key makes of them.

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';

type Db = Kysely<Schema>;

/** What becomes of a stored text under the newest key; the same text where it is under that already. */
export interface Renewal {
  sealedKey(sealed: string, issuer: string, kid: string): string;
  totpSecret(sealed: string, user_id: string): string;
  passwordHash(stored: string): string;
  clientSecret(hash: string): string;
  recoveryCode(hash: string): string;
}

/** Rows that were replaced, by what they hold. */
export interface Renewed {
  readonly signing_keys: number;
  readonly totp_secrets: number;
  readonly passwords: number;
  readonly client_secrets: number;
  readonly recovery_codes: number;
}

const pageRows = 100;

/** Each row is replaced only where it is still as it was read: what changes meanwhile is left for the next time. */
export async function renewRows(db: Db, by: Renewal): Promise<Renewed> {
  return {
    signing_keys: await renewKeys(db, by),
    ...(await renewUsers(db, by)),
    client_secrets: await renewClientSecrets(db, by),
    recovery_codes: await renewRecoveryCodes(db, by),
  };
}

/** Gives the rows after a key, page by page, until there are none. */
async function inPages<Row>(
  page: (after: string, limit: number) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
  renew: (row: Row) => Promise<number>,
): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const rows = await page(after, pageRows);
    for (const row of rows) count += await renew(row);
    const last = rows.at(-1);
    if (last === undefined) return count;
    after = keyOf(last);
  }
}

const renewKeys = (db: Db, { sealedKey }: Renewal) =>
  inPages(
    (after, limit) =>
      db
        .selectFrom('signing_keys')
        .select(['kid', 'issuer', 'sealed_private_key'])
        .where('kid', '>', after)
        .orderBy('kid')
        .limit(limit)
        .execute(),
    ({ kid }) => kid,
    async ({ kid, issuer, sealed_private_key: before }) => {
      const sealed_private_key = sealedKey(before, issuer, kid);
      if (sealed_private_key === before) return 0;
      const query = db.updateTable('signing_keys').set({ sealed_private_key }).where('kid', '=', kid);
      return replaced(await query.where('sealed_private_key', '=', before).executeTakeFirst());
    },
  );

async function renewUsers(db: Db, { totpSecret, passwordHash }: Renewal) {
  const counts = { totp_secrets: 0, passwords: 0 };
  await inPages(
    (after, limit) =>
      db
        .selectFrom('users')
        .select(['id', 'sealed_totp_secret', 'password_hash'])
        .where('id', '>', after)
        .where(({ or, eb }) =>
          or([eb('sealed_totp_secret', 'is not', null), eb('password_hash', 'is not', null)]),
        )
        .orderBy('id')
        .limit(limit)
        .execute(),
    ({ id }) => id,
    async ({ id, sealed_totp_secret: totp, password_hash: password }) => {
      const update = db.updateTable('users').where('id', '=', id);
      const sealed_totp_secret = totp && totpSecret(totp, id);
      if (sealed_totp_secret !== totp) {
        const query = update.set({ sealed_totp_secret }).where('sealed_totp_secret', '=', totp);
        counts.totp_secrets += replaced(await query.executeTakeFirst());
      }
      const password_hash = password && passwordHash(password);
      if (password_hash !== password) {
        const query = update.set({ password_hash }).where('password_hash', '=', password);
        counts.passwords += replaced(await query.executeTakeFirst());
      }
      return 0;
    },
  );
  return counts;
}

const renewClientSecrets = (db: Db, { clientSecret }: Renewal) =>
  inPages(
    (after, limit) =>
      db
        .selectFrom('client_secrets')
        .select(['id', 'hash'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .execute(),
    ({ id }) => id,
    async ({ id, hash: before }) => {
      const hash = clientSecret(before);
      if (hash === before) return 0;
      const query = db.updateTable('client_secrets').set({ hash }).where('id', '=', id);
      return replaced(await query.where('hash', '=', before).executeTakeFirst());
    },
  );

const renewRecoveryCodes = (db: Db, { recoveryCode }: Renewal) =>
  inPages(
    async (after, limit) => {
      const users = await db
        .selectFrom('recovery_codes')
        .select('user_id')
        .distinct()
        .where('user_id', '>', after)
        .orderBy('user_id')
        .limit(limit)
        .execute();
      return users.map(({ user_id }) => user_id);
    },
    (user_id) => user_id,
    async (user_id) => {
      const codes = await db
        .selectFrom('recovery_codes')
        .select('hash')
        .where('user_id', '=', user_id)
        .execute();
      let count = 0;
      for (const { hash: before } of codes) {
        const hash = recoveryCode(before);
        if (hash === before) continue;
        const query = db.updateTable('recovery_codes').set({ hash }).where('user_id', '=', user_id);
        count += replaced(await query.where('hash', '=', before).executeTakeFirst());
      }
      return count;
    },
  );

const replaced = ({ numUpdatedRows }: { readonly numUpdatedRows: bigint }): number => Number(numUpdatedRows);
