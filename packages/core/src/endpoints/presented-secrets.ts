// What a request presents as secret must not reach the log, also where somebody has put it into another parameter as well.

import { Buffer } from 'node:buffer';
import { parseFlatObject } from '../json.ts';
import type { HttpRequest } from '../model.ts';

/** Parameters and headers whose values nobody may read in a log. */
const secret = /token|secret|password|verifier|assertion|^code$|^authorization$|^request$|hint$/i;

export const isSecretParameter = (name: string): boolean => secret.test(name);

/** Shorter ones would be found in any text. */
const shortest = 8;

type Presenting = Pick<HttpRequest, 'headers' | 'query' | 'body'>;

/** Other names of parameters, and what each stands for. */
type Names = Readonly<Record<string, string>> | undefined;

/**
 * Whether `value` has a secret in it that the same request presents, however its blanks and signs are written, in a form
 * or in JSON, and by whichever of its names.
 */
export function holdsPresentedSecret(value: string, request: Presenting, names?: Names): boolean {
  const text = plain(value);
  return presented(request, names).some(
    (each) => plain(each).length >= shortest && text.includes(plain(each)),
  );
}

const standardName = (name: string, names: NonNullable<Names>): string =>
  Object.hasOwn(names, name) ? (names[name] ?? name) : name;

const plain = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

function presented({ headers, query, body }: Presenting, names: Names = {}): string[] {
  const [scheme = '', credentials = ''] = String(headers.authorization ?? '').split(' ');
  const basic = /^basic$/i.test(scheme) ? Buffer.from(credentials, 'base64').toString() : '';
  // RFC 6749 §2.3.1: both are encoded as in a form; clients that forget it send the secret as it is.
  const password = basic.slice(basic.indexOf(':') + 1);
  const text = Buffer.from(body).toString();
  const parameters = [
    ...[query, text].flatMap((form) => [...new URLSearchParams(form)]),
    ...(parseFlatObject(text, 1000) ?? []),
  ];
  return [
    credentials,
    password,
    new URLSearchParams(`password=${password}`).get('password') ?? '',
    ...parameters.flatMap(([name, value]) =>
      isSecretParameter(name) || isSecretParameter(standardName(name, names)) ? [value] : [],
    ),
  ];
}
