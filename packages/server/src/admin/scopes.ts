// Scopes: what clients may be allowed to ask for (RFC 6749 §3.3), and the words in which users are asked.

import { type Dialect, isScopeToken, openIdScopes } from '@tessera-oauth/core';
import { holdIssuer } from '../store/tables/issuers.ts';
import {
  createScope,
  deleteScope,
  lockScope,
  pageOfScopes,
  findScope as readScope,
  type ScopeWords,
  type StoredScope,
  undescribed,
  updateScope,
} from '../store/tables/scopes.ts';
import { type AdminError, alreadyExists, conflict, invalid, judgeAll, notFound } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';
import { refuseDeclaredScope } from './declared.ts';
import { unknownIssuer } from './existing.ts';
import { shown, textOf } from './forms.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

/** A scope to be added: `description` in words for every language, `descriptions` by language. */
export interface NewScope extends Partial<ScopeWords> {
  /** A scope-token (RFC 6749 §3.3) without a comma. */
  readonly name: string;
}

/** Changes to a scope: of the languages only those that are named. An empty text takes a language away. */
export type ScopeChange = Partial<ScopeWords>;

// RFC 5646 §2.2.1: the pages of an issuer know a language by its primary subtag.
const languageForm = /^[a-z]{2,3}$/;
const longestScope = 200;

/** A scope as it is stored. Throws `invalid` for what cannot be. */
export function judgeScope(input: NewScope): Required<NewScope> {
  const { name } = input;
  judgeAll([() => refuseName(name), () => wellFormed(input)]);
  const words = { ...undescribed, ...wellFormed(input) };
  return { name, ...words, descriptions: withoutEmpty(words.descriptions) };
}

function refuseName(name: string): void {
  if (!isScopeToken(name) || name.includes(',') || name.length > longestScope)
    throw invalid(
      'scope',
      `got ${shown(name)}, expected 1 to ${longestScope} characters: ` +
        'printable ASCII without spaces, commas, quotes or backslashes',
    );
}

/** Adds a scope. Throws `not_found` for the issuer, `invalid` for what cannot be, and `already_exists`. */
export function addScope(context: AdminContext, issuer: string, input: NewScope): Promise<StoredScope> {
  const { name, ...words } = judgeScope(input);
  return change(context, 'scope.create', async (transaction) => {
    if ((await holdIssuer(transaction, issuer)) === undefined) throw unknownIssuer(issuer);
    if (!(await createScope(transaction, issuer, name, words.description, context.now(), words)))
      throw alreadyExists('scope', `scope ${name}: issuer ${issuer} has it already`);
    return { issuer, target: name, before: null, after: words, result: { issuer, name, ...words } };
  });
}

/** Scopes by issuer and name; `filter` by issuer. */
export const listScopes = (
  { db }: Pick<AdminContext, 'db'>,
  filter: { readonly issuer?: string | undefined },
  request: ListRequest,
): Promise<Page<StoredScope>> =>
  pageOf(
    request,
    ['string', 'string'],
    (page) => pageOfScopes(db, filter, page),
    (scope) => scope,
  );

/** One scope. Throws `not_found`. */
export async function findScope(
  { db }: Pick<AdminContext, 'db'>,
  issuer: string,
  name: string,
): Promise<StoredScope> {
  const scope = await readScope(db, issuer, name);
  if (scope === undefined) throw unknownScope(issuer, name);
  return scope;
}

/**
 * Changes the words of a scope. Throws `not_found`, `invalid` for what cannot be, and `conflict` where the configuration
 * declares it.
 */
export function changeScope(
  context: AdminContext,
  issuer: string,
  name: string,
  input: ScopeChange,
): Promise<StoredScope> {
  refuseDeclaredScope(context, issuer, name);
  const words = wellFormed(input);
  return change(context, 'scope.update', async (transaction) => {
    const before = await lockScope(transaction, issuer, name);
    if (before === undefined) throw unknownScope(issuer, name);
    const result = {
      ...before,
      ...words,
      descriptions: withoutEmpty({ ...before.descriptions, ...words.descriptions }),
    };
    await updateScope(transaction, result, context.now());
    return { issuer, target: name, before: wordsOf(before), after: wordsOf(result), result };
  });
}

/** The scopes that an issuer of this dialect has by itself: those of OpenID Connect, where users sign in. */
export const ownScopes = ({ grant_types }: Dialect): readonly string[] =>
  grant_types.includes('authorization_code') ? openIdScopes : [];

/**
 * Removes a scope; clients that were given it keep it until they are updated. Throws `not_found`, and `conflict` for one
 * of `ownScopes`, and where the configuration declares it.
 */
export async function removeScope(context: AdminContext, issuer: string, name: string): Promise<void> {
  refuseDeclaredScope(context, issuer, name);
  await change(context, 'scope.delete', async (transaction) => {
    const stored = await holdIssuer(transaction, issuer);
    const dialect = stored && context.dialects.get(stored.dialect);
    if (dialect !== undefined && ownScopes(dialect).includes(name))
      throw conflict(
        'scope',
        `scope ${name}: belongs to OpenID Connect, which ${issuer} speaks; it cannot be removed`,
      );
    const before = await lockScope(transaction, issuer, name);
    if (before === undefined || !(await deleteScope(transaction, issuer, name, context.now())))
      throw unknownScope(issuer, name);
    return { issuer, target: name, before: wordsOf(before), after: null, result: undefined };
  });
}

const wordsOf = ({ issuer: _, name: __, ...words }: StoredScope) => words;

const withoutEmpty = (descriptions: ScopeWords['descriptions']): Record<string, string> =>
  Object.fromEntries(Object.entries(descriptions).filter(([, words]) => words !== ''));

const unknownScope = (issuer: string, name: string): AdminError =>
  notFound('scope', `scope ${name}: issuer ${issuer} has no such scope`);

/** The words as they are stored. */
function wellFormed({ name: _, descriptions = {}, ...words }: ScopeChange & { readonly name?: string }) {
  const byLanguage = Object.entries(descriptions).map(([language, words]) => {
    if (!languageForm.test(language))
      throw invalid('descriptions', `got ${shown(language)}, expected a language such as de`);
    return [language, textOf('descriptions', words, 'line')];
  });
  return {
    ...words,
    ...(words.description !== undefined && { description: textOf('description', words.description, 'line') }),
    descriptions: Object.fromEntries(byLanguage) as Record<string, string>,
  };
}
