// What the configuration declares: a start makes the database so, and withdraws what is declared no longer.

import { isDeepStrictEqual } from 'node:util';
import { lockClient } from '../store/tables/clients.ts';
import {
  type Declaration,
  deleteDeclaration,
  listDeclarations,
  type StoredDeclaration,
  saveDeclaration,
} from '../store/tables/declarations.ts';
import { lockIssuer } from '../store/tables/issuers.ts';
import { findScope } from '../store/tables/scopes.ts';
import { AdminError } from './admin-error.ts';
import { change } from './change.ts';
import { changeClient } from './clients.ts';
import type { AdminContext } from './context.ts';
import { type judgeClient, makeClient } from './declared-client.ts';
import { unknownIssuer } from './existing.ts';
import { changeIssuerState } from './issuers.ts';
import { addScope, changeScope, type NewScope, removeScope } from './scopes.ts';

/** A client that was judged, and its secret, at least 122 random bits. */
interface ClientAndSecret {
  readonly client: ReturnType<typeof judgeClient>;
  readonly secret: string | undefined;
}

/** What an issuer declares beside itself. */
export interface DeclaredContents {
  /** Its scopes, and the words of each. */
  readonly scopes: readonly Required<NewScope>[];
  /** Its clients. */
  readonly clients: readonly ClientAndSecret[];
}

/**
 * Makes the scopes and clients of an issuer what is declared, all or none; of processes that start at once one does it.
 * What was withdrawn is back. Throws as the verbs of scopes and clients.
 */
export function declareContents(
  context: AdminContext,
  issuer: string,
  { scopes, clients }: DeclaredContents,
): Promise<void> {
  return change(context, 'issuer.update', async (transaction) => {
    if ((await lockIssuer(transaction, issuer)) === undefined) throw unknownIssuer(issuer);
    // Here it is the configuration that changes what it declares.
    const own = { ...context, db: transaction, declared: [] };
    const known = await listDeclarations(transaction);
    const declare = async (
      noun: 'scope' | 'client',
      name: string,
      make: (back: boolean) => Promise<void>,
    ) => {
      const before = known.find((each) => each.noun === noun && each.issuer === issuer && each.name === name);
      await make(before?.state === 'withdrawn').catch((error) => {
        if (!(error instanceof AdminError)) throw error;
        throw new AdminError(error.code, undefined, `${noun} ${name}: ${error.message}`);
      });
      if (before?.state !== 'declared')
        await saveDeclaration(transaction, { noun, issuer, name, state: 'declared' });
    };
    for (const scope of scopes) await declare('scope', scope.name, () => makeScope(own, issuer, scope));
    for (const { client, secret } of clients)
      await declare('client', client.client_id, (enable) =>
        makeClient(own, issuer, client, { secret, enable }),
      );
    return { issuer, target: issuer, before: {}, after: {}, result: undefined };
  });
}

async function makeScope(context: AdminContext, issuer: string, scope: Required<NewScope>): Promise<void> {
  const { name, ...words } = scope;
  const before = await findScope(context.db, issuer, name);
  if (before === undefined) {
    await addScope(context, issuer, scope);
    return;
  }
  if (isDeepStrictEqual(before, { issuer, ...scope })) return;
  const gone = Object.keys(before.descriptions).map((language) => [language, '']);
  const descriptions = { ...Object.fromEntries(gone), ...words.descriptions };
  await changeScope(context, issuer, name, { ...words, descriptions });
}

/**
 * Withdraws what was declared and is not among `declared`: an issuer is served no more, a client is disabled, a scope is
 * removed. Nothing else of them is lost. Gives what was withdrawn: not what an operator had disabled, nor what another
 * process has withdrawn meanwhile.
 */
export async function withdrawOthers(
  context: AdminContext,
  declared: readonly Declaration[],
): Promise<readonly Declaration[]> {
  const idOf = ({ noun, issuer, name }: Declaration) => JSON.stringify([noun, issuer, name]);
  const standing = new Set(declared.map(idOf));
  const issuers = new Set(declared.map(({ issuer }) => issuer));
  const gone = (await listDeclarations(context.db)).filter(
    (each) =>
      each.state === 'declared' &&
      !standing.has(idOf(each)) &&
      // What belongs to an issuer that is withdrawn is as that issuer is.
      (each.noun === 'issuer' || issuers.has(each.issuer)),
  );
  const withdrawn: Declaration[] = [];
  for (const each of gone) if (await withdraw({ ...context, declared: [] }, each)) withdrawn.push(each);
  return withdrawn;
}

/** The scopes of OpenID Connect are those of an issuer whether it declares them or not. */
function unlessConflict(error: unknown): void {
  if (!(error instanceof AdminError && error.code === 'conflict')) throw error;
}

/**
 * Whether it was in use. Otherwise it is forgotten, so that it is what it is now when it is declared again; not so what
 * another process has withdrawn meanwhile.
 */
function withdraw(context: AdminContext, declaration: StoredDeclaration): Promise<boolean> {
  const { issuer, name } = declaration;
  return change(context, 'issuer.update', async (transaction) => {
    await lockIssuer(transaction, issuer);
    const result = await takeOut({ ...context, db: transaction }, declaration);
    if (result) await saveDeclaration(transaction, { ...declaration, state: 'withdrawn' });
    else await deleteDeclaration(transaction, declaration);
    return { issuer, target: name, before: {}, after: {}, result };
  });
}

async function takeOut(context: AdminContext, { noun, issuer, name }: Declaration): Promise<boolean> {
  const { db: transaction } = context;
  if (noun === 'scope') {
    if ((await findScope(transaction, issuer, name)) === undefined) return false;
    await removeScope(context, issuer, name).catch(unlessConflict);
    return true;
  }
  const before = await (noun === 'issuer'
    ? lockIssuer(transaction, name)
    : lockClient(transaction, issuer, name));
  if (before === undefined || before.disabled) return false;
  if (noun === 'issuer') await changeIssuerState(context, name, true);
  else await changeClient(context, issuer, name, { disabled: true });
  return true;
}
