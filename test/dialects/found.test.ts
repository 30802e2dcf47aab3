// What generated dialects have brought to light, each written down once.

import { builtInDialects, type Dialect } from '@tessera-oauth/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange } from './exchange.ts';
import { leavesOf, refreshTokenIn } from './leaves.ts';
import { signedOut } from './parties.ts';
import {
  accessTokenFor,
  ask,
  authorizationPairs,
  authorized,
  codeOrToken,
  formOfPairs,
  keepAccess,
  redemption,
  urlOf,
} from './tickets.ts';
import { createWorld, type Served, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const [standard] = builtInDialects;
const serve = (own: Partial<Dialect>): Promise<Served> =>
  world.serve({ ...standard, access_token: { ...standard.access_token, algs: ['EdDSA'] }, ...own });

const form = { 'content-type': 'application/x-www-form-urlencoded' };

test('a refusal in a 200 is for the token endpoint alone: not for a client that vouches for a user', async () => {
  const served = await serve({
    paths: { ...standard.paths, user_token: '/users' },
    errors: { ...standard.errors, status: { invalid_request: 200, invalid_scope: 200 } },
  });
  const token = await accessTokenFor(world, served, served.parties.app);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (const body of ['{}', JSON.stringify({ account_id: world.user.id, scopes: 'root' })]) {
    const answer = await exchange(urlOf(served, 'user_token'), { headers, body });
    expect([answer.status, JSON.parse(answer.body).status]).toEqual([400, 'Failure']);
  }
  const { status } = await ask(served, served.parties.app, []);
  expect(status).toBe(200);
});

/** Sends the user with a scope; gives what the page and the token's answer say. */
async function visit(served: Served, scope: readonly string[]) {
  const { limited, app } = served.parties;
  const party = limited ?? app;
  const pairs = [...authorizationPairs(party, scope, served.issuer.dialect), ['prompt', 'consent'] as const];
  const { page, location } = await authorized(
    world,
    `${urlOf(served, 'authorization')}?${formOfPairs(pairs)}`,
  );
  const code = location?.searchParams.get('code');
  const answer = code ? await ask(served, party, redemption(code)) : undefined;
  return { page, error: location?.searchParams.get('error'), answer };
}

test('offline_access of a client that cannot refresh is ignored: nobody is asked to allow what nobody gets', async () => {
  const served = await serve({ grant_types: ['authorization_code', 'refresh_token'] });
  expect(served.parties.limited?.grant_types).toEqual(['authorization_code']);
  const { page, answer } = await visit(served, ['read', 'offline_access']);
  expect(page).not.toContain(keepAccess);
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ scope: 'read' });
  expect(refreshTokenIn(leavesOf(answer ?? expect.fail()), world.ports, served.issuer)).toBeUndefined();
  expect((await visit(served, ['offline_access'])).error).toBe('invalid_scope');
});

test('userinfo and sign-out know the other names of parameters too', async () => {
  const names = { ticket: 'access_token', app: 'client_id', returnTo: 'post_logout_redirect_uri' };
  const served = await serve({ requests: { names } });
  const { app } = served.parties;
  const code = await codeOrToken(world, served, app, { kind: 'code', used: false });
  const { access_token } = JSON.parse((await ask(served, app, redemption(code))).body);
  const known = await exchange(urlOf(served, 'userinfo'), {
    headers: form,
    body: formOfPairs([['ticket', access_token]]),
  });
  expect(JSON.parse(known.body)).toMatchObject({ sub: world.user.id });
  // Without a cookie nobody is signed in, and the user is sent on.
  const query = formOfPairs([
    ['app', app.client_id],
    ['returnTo', signedOut],
  ]);
  const left = await exchange(`${urlOf(served, 'end_session')}?${query}`, { method: 'GET' });
  expect([left.status, left.headers.location]).toEqual([303, signedOut]);
});
