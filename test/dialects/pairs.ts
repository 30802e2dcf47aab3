// One request under one dialect, and all that must be true of its answer.

import assert from 'node:assert/strict';
import type { Dialect } from '@tessera-oauth/core';
import { basic } from '../support/server.ts';
import { checkFrame, checkGiven, checkRefused, comparable } from './answers.ts';
import type { Plan } from './arbitrary/plan.ts';
import { exchange, type Received } from './exchange.ts';
import { mayAsk, mayHaveToken, scopesOf } from './oracle.ts';
import { callback, type Party } from './parties.ts';
import { accessTokenFor, codeOrToken, presented, proof, urlOf } from './tickets.ts';
import type { Served, World } from './world.ts';
import { type Asked, isWritable, type Pairs, write } from './written.ts';

const endpointOf = ({ aim }: Pick<Plan, 'aim'>) =>
  aim === 'introspection' || aim === 'revocation' ? aim : 'token';

const nobody: Party = { client_id: '', client_secret: '', grant_types: [] };

/** Who asks; `app` where the dialect has no such client. */
function partyOf({ who }: Plan, { parties }: Served): Party {
  if (who === 'nobody') return nobody;
  if (who === 'app') return parties.app;
  if (who === 'open' || who === 'limited') return parties[who] ?? parties.app;
  return parties.refused[who] ?? parties.app;
}

/** The plan as the dialect allows it: nobody fails to authenticate where there are no secrets. */
const settled = (plan: Plan, { parties }: Served): Plan =>
  Object.hasOwn(parties.refused, plan.who) || ['app', 'open', 'limited', 'nobody'].includes(plan.who)
    ? plan
    : { ...plan, who: 'app' };

/** The code, or token, and whether it is what the plan says. */
async function ticketFor(
  plan: Plan,
  world: World,
  served: Served,
  party: Party,
): Promise<string | undefined> {
  const { ticket, aim } = plan;
  if (ticket === 'missing' || aim === 'client_credentials') return undefined;
  const owner = ticket === 'of_another' ? served.parties.other : owning(party, served);
  if (aim === 'introspection' || aim === 'revocation')
    return ticket === 'garbage' || !canHaveToken(owner) ? 'garbage' : accessTokenFor(world, served, owner);
  const kind = aim === 'authorization_code' ? 'code' : 'refresh_token';
  return ticket === 'garbage' ||
    !owner.grant_types.includes(aim) ||
    !owner.grant_types.includes('authorization_code')
    ? 'garbage'
    : codeOrToken(world, served, owner, { kind, used: ticket === 'used' });
}

const canHaveToken = ({ grant_types }: Party): boolean => grant_types.length > 0;

/** Who cannot authenticate cannot have got a code either: the app's is tried with it. */
const owning = (party: Party, { parties }: Served): Party =>
  [parties.app, parties.other, parties.open, parties.limited].includes(party) ? party : parties.app;

function grantTypeOf({ aim, grant }: Plan, { requests }: Dialect): Pairs {
  if (grant === 'left_out') return [];
  if (grant === 'unknown') return [['grant_type', 'unheard-of']];
  const other = Object.entries(requests?.grant_types ?? {}).find(([, standard]) => standard === aim)?.[0];
  return [['grant_type', grant === 'other' && other !== undefined ? other : aim]];
}

function parametersOf(plan: Plan, ticket: string | undefined, dialect: Dialect): Pairs {
  const { aim, verifier, redirect, scope } = plan;
  const named = scopesOf(scope);
  const scopePair: Pairs = named.length > 0 ? [['scope', named.join(dialect.scope.delimiter)]] : [];
  const optional = (name: string, value: string | undefined): Pairs =>
    value === undefined ? [] : [[name, value]];
  if (aim === 'client_credentials') return [...grantTypeOf(plan, dialect), ...scopePair];
  if (aim === 'refresh_token')
    return [...grantTypeOf(plan, dialect), ...optional('refresh_token', ticket), ...scopePair];
  if (aim !== 'authorization_code') return optional('token', ticket);
  const verifiers = { good: proof.code_verifier, wrong: 'x'.repeat(43), missing: undefined };
  const callbacks = { good: callback, wrong: `${callback}/`, missing: undefined };
  return [
    ...grantTypeOf(plan, dialect),
    ...optional('code', ticket),
    ...optional('redirect_uri', callbacks[redirect]),
    ...optional('code_verifier', verifiers[verifier]),
  ];
}

function credentialsOf({ who, by }: Plan, party: Party): Asked {
  const { client_id, client_secret } = party;
  if (who === 'nobody') return { authorization: undefined, pairs: [] };
  const id: Pairs = [['client_id', client_id]];
  if (client_secret === '') return { authorization: undefined, pairs: id };
  const inBody: Pairs = [...id, ['client_secret', by === 'differing' ? 'another' : client_secret]];
  const { authorization } = basic(client_id, client_secret);
  if (by === 'post') return { authorization: undefined, pairs: inBody };
  return { authorization, pairs: by === 'basic' ? [] : inBody };
}

/** Sends what the plan says, and checks the answer. Throws where a property does not hold; gives whether there was a token. */
export async function checkPair(world: World, served: Served, given: Plan): Promise<boolean> {
  const plan = settled(given, served);
  const { dialect } = served.issuer;
  const party = partyOf(plan, served);
  const ticket = await ticketFor(plan, world, served, party);
  const isTicket = ticket !== 'garbage';
  const known = isTicket ? plan : { ...plan, ticket: 'garbage' as const };
  const credentials = credentialsOf(plan, party);
  const pairs = [...credentials.pairs, ...parametersOf(plan, ticket, dialect)];
  const asked: Asked = { ...credentials, pairs };
  const { answer, jtis } = await send(world, served, asked, plan);
  if (endpointOf(plan) === 'token') {
    const good = mayHaveToken(known, asked, party, dialect);
    if (good) checkGiven(answer, { jtis, world, served, party });
    else checkRefused(answer, { dialect, jtis, endpoint: 'token' });
    if (!good || plan.aim === 'client_credentials') await checkTwin(world, served, asked, plan, answer);
    return good;
  }
  const good = mayAsk(known, asked, party, dialect);
  if (plan.aim === 'introspection') checkIntrospection(answer, good, known, dialect);
  else await checkRevocation(answer, { good, plan: known, served, token: ticket });
  if (plan.aim === 'introspection' || !good) await checkTwin(world, served, asked, plan, answer);
  return false;
}

async function send(world: World, served: Served, asked: Asked, plan: Plan) {
  const url = urlOf(served, endpointOf(plan));
  const { query, ...sent } = write(asked, plan, served.issuer.dialect);
  world.noted();
  const answer = await exchange(url + query, sent);
  const { jtis, refusals } = world.noted();
  const fault = refusals.find(({ reason }) => reason === 'fault');
  assert(fault === undefined, `a fault: ${String(fault?.cause)}`);
  checkFrame(answer, served.issuer, endpointOf(plan), plan);
  return { answer, jtis };
}

/** The same pairs in the other form of a body, where the dialect takes both, get the same answer. */
async function checkTwin(
  world: World,
  served: Served,
  asked: Asked,
  plan: Plan,
  answer: Received,
): Promise<void> {
  const { requests } = served.issuer.dialect;
  if (plan.media === 'query' || !requests?.media?.includes('json')) return;
  // What only one of them can say, or what each refuses in its own words.
  if (
    !isWritable(plan.twist, 'form') ||
    ['noise', 'broken', 'surrogate', 'too_many', 'number'].includes(plan.twist)
  )
    return;
  const twin = await send(world, served, asked, { ...plan, media: plan.media === 'form' ? 'json' : 'form' });
  assert.deepEqual(comparable(twin.answer), comparable(answer), `${plan.media} and its twin`);
}

function checkIntrospection(answer: Received, good: boolean, plan: Plan, dialect: Dialect): void {
  if (!good) {
    checkRefused(answer, { dialect, jtis: [], endpoint: 'introspection' });
    return;
  }
  assert.equal(answer.status, 200, answer.body);
  const { active } = JSON.parse(answer.body) as { active: unknown };
  assert.equal(active, plan.ticket === 'good' || plan.ticket === 'used');
}

interface Revoked {
  readonly good: boolean;
  readonly plan: Plan;
  readonly served: Served;
  readonly token: string | undefined;
}

async function checkRevocation(answer: Received, { good, plan, served, token }: Revoked): Promise<void> {
  const { dialect } = served.issuer;
  const done = good && plan.ticket !== 'of_another';
  if (done) assert.deepEqual([answer.status, answer.body], [200, '']);
  else checkRefused(answer, { dialect, jtis: [], endpoint: 'revocation' });
  if (token === undefined || plan.ticket === 'garbage') return;
  const owner = plan.ticket === 'of_another' ? served.parties.other : owning(partyOf(plan, served), served);
  if (owner.client_secret === '') return;
  const { authorization, pairs } = presented(owner, dialect);
  const sent = write({ authorization, pairs: [...pairs, ['token', token]] }, plain, dialect);
  const state = await exchange(urlOf(served, 'introspection'), sent);
  assert.equal(JSON.parse(state.body).active, !done, 'what a refused revocation leaves is active');
}

const plain: Plan = {
  ...{ aim: 'client_credentials', who: 'app', by: 'basic', media: 'form', others: [false], grant: 'named' },
  ...{ ticket: 'good', verifier: 'good', redirect: 'good', scope: 'absent', twist: 'none' },
  ...{ accept: undefined, origin: false },
};

/** Whoever cannot authenticate is told the same, whatever the reason. */
export async function checkAlike(world: World, served: Served, plan: Plan): Promise<number> {
  const answers = new Map<string, unknown>();
  for (const [reason, party] of Object.entries(served.parties.refused)) {
    const credentials = credentialsOf({ ...plan, who: 'wrong' }, party);
    const pairs = [...credentials.pairs, ...parametersOf(plan, 'garbage', served.issuer.dialect)];
    const { answer } = await send(world, served, { ...credentials, pairs }, plan);
    checkRefused(answer, { dialect: served.issuer.dialect, jtis: [], endpoint: endpointOf(plan) });
    answers.set(reason, comparable(answer));
  }
  const [first] = answers.values();
  for (const [reason, answer] of answers) assert.deepEqual(answer, first, reason);
  return answers.size;
}
