// The table `declarations`: what configurations declare, and what they declared once.

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';

type Db = Kysely<Schema>;

/** What a configuration can declare, by the names of commands. */
export interface Declaration {
  readonly noun: 'issuer' | 'scope' | 'client';
  /** The name of the issuer, also where the noun is one. */
  readonly issuer: string;
  readonly name: string;
}

export interface StoredDeclaration extends Declaration {
  /** `withdrawn`: was declared, and is no longer. */
  readonly state: 'declared' | 'withdrawn';
}

/** There are as many as configurations declare. */
export async function listDeclarations(db: Db): Promise<readonly StoredDeclaration[]> {
  const query = db.selectFrom('declarations').selectAll();
  return query.orderBy('issuer').orderBy('noun').orderBy('name').$castTo<StoredDeclaration>().execute();
}

/** Nothing where it is in another state. */
export async function deleteDeclaration(transaction: Db, declaration: StoredDeclaration): Promise<void> {
  const { noun, issuer, name, state } = declaration;
  await transaction
    .deleteFrom('declarations')
    .where((row) => row.and({ noun, issuer, name, state }))
    .execute();
}

export async function saveDeclaration(transaction: Db, declaration: StoredDeclaration): Promise<void> {
  await transaction
    .insertInto('declarations')
    .values(declaration)
    .onConflict((conflict) =>
      conflict.columns(['noun', 'issuer', 'name']).doUpdateSet({ state: declaration.state }),
    )
    .execute();
}
