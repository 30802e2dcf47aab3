// A dialect: how one vendor's clients spell OAuth. Data only, so that users can write their own.
// A dialect changes spelling, never judgement: no field here can weaken a check.

import { judgeConsistency } from './consistency.ts';
import { type DialectFields, dialectShape } from './shape.ts';

export {
  type ClaimSource,
  claimSource,
  dialectShape,
  type SigningAlgorithm,
  signingAlgorithms,
} from './shape.ts';

export const dialectSchema = dialectShape.superRefine((dialect, context) => {
  judgeConsistency(dialect, (path, message) =>
    context.addIssue({ code: 'custom', path: [...path], message }),
  );
});

export type Dialect = DialectFields;
