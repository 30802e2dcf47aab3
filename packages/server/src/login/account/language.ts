// The language that a user chose, which this browser remembers for all pages.

import { isLanguage } from '../../pages/index.ts';
import type { LoginContext } from '../visit/context.ts';
import { setCookie } from '../visit/cookies.ts';
import { redirect } from '../visit/respond.ts';
import { accountEndpoint } from './endpoint.ts';

const aYear = 365 * 86_400;

export const chooseOwnLanguage = (context: LoginContext) =>
  accountEndpoint(context, async ({ base, issuer }, form) => {
    const language = form.get('language') ?? '';
    return redirect(base, isLanguage(language) ? [setCookie('language', language, issuer, aYear)] : []);
  });
