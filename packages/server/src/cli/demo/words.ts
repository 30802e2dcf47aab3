// What each step, parameter and claim is for, in a few words.

import type { Step } from './flow.ts';

export const steps: Record<Step['kind'], { readonly title: string; readonly text: string }> = {
  authorization: {
    title: 'The app asks',
    text: 'It sends the browser to the authorization endpoint. There you sign in and decide; the app sees neither.',
  },
  callback: {
    title: 'The answer comes back',
    text: 'Tessera sends the browser back with a code. By itself the code is worth nothing.',
  },
  code: {
    title: 'The code becomes tokens',
    text: 'The app’s server shows the code, its own secret and the secret behind the challenge. No browser is involved.',
  },
  refresh: {
    title: 'New tokens, without you',
    text: 'The refresh token is good once: a new one comes with the new access token.',
  },
  api: {
    title: 'The API takes the token',
    text: 'It checks the signature with the published keys, then issuer, expiry and scope. It asks nobody.',
  },
};

const meanings: Record<string, string> = {
  response_type: 'a code; tokens never pass through the browser',
  client_id: 'which app asks',
  redirect_uri: 'where the answer goes; registered before',
  scope: 'what it is for',
  state: 'ties the answer to this browser',
  code_challenge: 'the hash of a secret that only this app knows',
  code_challenge_method: 'how it was hashed: SHA-256',
  code: 'good once, for a minute',
  iss: 'who issued this',
  Authorization: 'who asks',
  grant_type: 'what is exchanged',
  code_verifier: 'the secret behind the challenge',
  refresh_token: 'good once',
  sub: 'whom it is about',
  aud: 'whom it is for',
  exp: 'valid until',
  iat: 'issued',
  nbf: 'valid from',
  jti: 'its own id, by which it can be revoked',
  auth_time: 'when you signed in',
  amr: 'how you signed in',
  acr: 'how strongly you signed in',
  sid: 'your session, for signing out',
  azp: 'the app that it was issued to',
  at_hash: 'ties it to the access token',
  alg: 'how it is signed',
  kid: 'by which key',
  typ: 'what kind of token it is',
};

export const meaningOf = (name: string): string =>
  Object.hasOwn(meanings, name) ? (meanings[name] ?? '') : '';
