// What a value of `prompt` insists on, whatever the user has answered before (OpenID Connect Core 1.0 §3.1.2.1).

import type { Prompt } from '../dialects/names.ts';
import type { AuthorizationQuestion } from '../model.ts';

export const prompts = {
  /** Nothing may be asked: what would have to be is an error. */
  none: 'nothing',
  login: 'sign_in',
  consent: 'consent',
  select_account: 'select_account',
} as const satisfies Readonly<Record<Prompt, AuthorizationQuestion['ask'] | 'nothing'>>;

/** Whether any of `named` insists on `what`. */
export const insistsOn = (named: readonly Prompt[], what: (typeof prompts)[Prompt]): boolean =>
  named.some((prompt) => prompts[prompt] === what);
