// The dialects that come with Tessera.

import { standard } from './standard.ts';
import { tilia } from './tilia.ts';
import { trelica } from './trelica.ts';

export const builtInDialects = [standard, trelica, tilia] as const;
