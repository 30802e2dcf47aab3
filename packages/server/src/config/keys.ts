// Objects of the configuration.

import { z } from 'zod';

/** An object with these keys and no others. What is no object is told in `words`; a key that is unknown, by itself. */
export const keysAndValues = <Shape extends z.core.$ZodLooseShape>(shape: Shape, words: string) =>
  z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? undefined : words),
  });
