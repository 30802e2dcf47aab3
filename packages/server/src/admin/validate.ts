// Values judged by the schema of the configuration: the rules for an issuer are the same in a file and in a command.

import type { z } from 'zod';
import { judged } from '../config/validation.ts';
import { type AdminField, invalid } from './admin-error.ts';

/** The value as the schema gives it. Throws `invalid` with what was got and what is expected. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, field: AdminField): T {
  const result = judged(schema, input);
  if ('data' in result) return result.data;
  throw invalid(field, result.mistakes.join('; '));
}
