// Checks a subject before and after it is measured: it must answer 200 with a new JWT of the right alg that verifies.

import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Subject, Target } from '../subjects/subjects.ts';

export const FORM = 'application/x-www-form-urlencoded';

export const requestToken = async (target: Target): Promise<string> =>
  (await requestTokens(target)).access_token;

export async function requestTokens(target: Target) {
  const response = await fetch(target.url, {
    method: 'POST',
    headers: { authorization: target.authorization, 'content-type': FORM },
    body: target.body,
    signal: AbortSignal.timeout(5_000),
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`answered ${response.status} instead of 200`);
  const { access_token, refresh_token } = Object(JSON.parse(body));
  if (typeof access_token !== 'string') throw new Error('answered without an access_token');
  return { access_token, refresh_token };
}

/** Returns the length of an access token, in bytes. */
export async function checkSubject(subject: Subject): Promise<number> {
  try {
    const keys = createLocalJWKSet(await subject.jwks());
    const seen = new Set<unknown>();
    let length = 0;
    for (let i = 0; i < 2; i += 1) {
      const token = await requestToken(subject.target);
      const { payload } = await jwtVerify(token, keys, { algorithms: [subject.alg] });
      seen.add(payload.jti);
      length = token.length;
    }
    if (seen.size !== 2 || seen.has(undefined)) throw new Error('gave the same token (or no jti) twice');
    return length;
  } catch (error) {
    throw new Error(
      `${subject.name} failed the check for ${subject.alg}: ${String(Object(error).message ?? error)}`,
    );
  }
}
