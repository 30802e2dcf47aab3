// The dialects that an API can name, and those that it brings along.

import { builtInTokens } from './built-in-tokens.ts';
import { type DialectContent, readDialectContent } from './dialect-content.ts';
import { isDialectFile, readDialectFile } from './dialect-file.ts';
import type { TokenDialect } from './token-dialect.ts';

/** The name of a built-in dialect. */
export type DialectName = keyof typeof builtInTokens;

/** The dialects that a Tessera server has built in, by their names. */
export const tokenDialects: Readonly<Record<DialectName, TokenDialect>> = {
  standard: builtIn('standard'),
  trelica: builtIn('trelica'),
  tilia: builtIn('tilia'),
};

function builtIn(name: DialectName): TokenDialect {
  return readDialectContent({ name, extends: name }, builtInTokens);
}

/** Throws a TypeError for what is no dialect, or one whose tokens cannot be checked. */
export function findTokenDialect(dialect: string | TokenDialect | DialectContent): TokenDialect {
  if (typeof dialect !== 'string')
    return isContent(dialect) ? readDialectContent(dialect, builtInTokens) : dialect;
  if (isDialectFile(dialect)) return readDialectContent(readDialectFile(dialect), builtInTokens);
  if (Object.hasOwn(tokenDialects, dialect)) return tokenDialects[dialect as DialectName];
  const names = Object.keys(tokenDialects).join(', ');
  throw new TypeError(
    `dialect: got ${JSON.stringify(dialect)}, expected ${names}, an object, or a file, ` +
      `as tessera dialect show ${dialect} -o json > ${dialect}.json writes it`,
  );
}

const isContent = (dialect: TokenDialect | DialectContent): dialect is DialectContent =>
  'access_token' in dialect || 'extends' in dialect || !('algorithms' in dialect);
