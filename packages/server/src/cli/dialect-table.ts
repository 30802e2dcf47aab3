// What there is of dialects, as a table.

import type { DialectLine } from '../config/dialects.ts';
import { table } from './output.ts';

export const dialectTable = (lines: readonly DialectLine[]): string =>
  table(
    ['name', 'from', 'token endpoint', 'what it is'],
    lines.map(({ name, from, token_endpoint, is }) => [name, from, token_endpoint, is]),
  );
