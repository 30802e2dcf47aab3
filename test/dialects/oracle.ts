// Whether a request is in order: said again, from what went into it, by nobody who has read the server's code.

import type { Dialect } from '@tessera-oauth/core';
import type { Plan } from './arbitrary/plan.ts';
import type { Party } from './parties.ts';
import { scopes } from './world.ts';
import { type Asked, doublyNamed, isWritable, repeatable } from './written.ts';

/** `unread`: the parameters stand where the dialect does not look, and the request is as if it had none. */
type Reading = 'read' | 'unread' | 'refused';

const readingOf = ({ media }: Plan, { parameters_from, requests }: Dialect): Reading => {
  const fromQuery = parameters_from.includes('query');
  if (media === 'form') return 'read';
  if (media === 'query') return fromQuery ? 'read' : 'refused';
  if (requests?.media?.includes('json')) return 'read';
  return fromQuery ? 'unread' : 'refused';
};

const harmful = new Set<Plan['twist']>([
  ...(['nul', 'surrogate', 'broken', 'too_many', 'object', 'list', 'true', 'null', 'deep'] as const),
  ...(['trailing', 'comment', 'bare'] as const),
]);

/** Whether the parameters can be read at all, each once. */
function isReadable(plan: Plan, { pairs }: Asked, dialect: Dialect): boolean {
  const { twist, media } = plan;
  if (twist === 'repeated') return repeatable(pairs) === undefined;
  if (twist === 'both_names') return doublyNamed(pairs, dialect) === undefined;
  // Of an object each name stands once, whatever it is.
  if (twist === 'noise') return media !== 'json';
  return !harmful.has(twist) || !isWritable(twist, media);
}

/** Whether the request shows who sends it, once, in a way that the dialect takes. */
function isAuthenticated(plan: Plan, party: Party, dialect: Dialect, reading: Reading): boolean {
  const { who, by } = plan;
  if (who !== 'app' && who !== 'open' && who !== 'limited') return false;
  const takes = (method: 'client_secret_basic' | 'client_secret_post' | 'none') =>
    dialect.client_authentication.includes(method);
  if (party.client_secret === '') return reading === 'read' && takes('none') && party.grant_types.length > 0;
  if (by === 'post') return reading === 'read' && takes('client_secret_post');
  if (!takes('client_secret_basic')) return false;
  if (by === 'basic' || reading === 'unread') return true;
  return by === 'twice' && dialect.redundant_credentials === 'ignored';
}

function fitsScope({ aim, scope }: Plan, dialect: Dialect, read: boolean): boolean {
  const excluded = dialect.client_credentials?.excluded_scopes ?? ['openid', 'offline_access'];
  const allowed = scopes.filter((name) => !excluded.includes(name));
  const asked = read && (aim === 'client_credentials' || aim === 'refresh_token') ? scopesOf(scope) : [];
  if (asked.length === 0) return !dialect.scope.required;
  return asked.every((name) => allowed.some((each) => each === name));
}

export const scopesOf = (scope: Plan['scope']): readonly string[] =>
  ({ absent: [], read: ['read'], two: ['read', 'write'], openid: ['openid'], beyond: ['read', 'root'] })[
    scope
  ];

/** The grant that the request means. */
function grantOf({ aim, grant }: Plan, { requests }: Dialect, read: boolean): string | undefined {
  if (!read || grant === 'left_out') return requests?.otherwise?.grant_type;
  return grant === 'unknown' ? undefined : aim;
}

/** Whether a request to the token endpoint may give a token, and has to. */
export function mayHaveToken(plan: Plan, asked: Asked, party: Party, dialect: Dialect): boolean {
  const reading = readingOf(plan, dialect);
  const read = reading === 'read';
  if (reading === 'refused' || (read && !isReadable(plan, asked, dialect))) return false;
  if (!isAuthenticated(plan, party, dialect, reading)) return false;
  const grant = grantOf(plan, dialect, read);
  if (grant === undefined || !party.grant_types.includes(grant)) return false;
  if (grant === 'client_credentials') return party.client_secret !== '' && fitsScope(plan, dialect, read);
  if (!read || plan.aim !== grant || plan.ticket !== 'good') return false;
  // All codes here are bound by PKCE.
  const excused = plan.redirect === 'missing' && dialect.authorization_code?.redirect_uri_repeated === false;
  if (grant === 'authorization_code')
    return plan.verifier === 'good' && (plan.redirect === 'good' || excused);
  return plan.scope !== 'beyond';
}

/** Whether introspection and revocation know who asks, and about what. */
export function mayAsk(plan: Plan, asked: Asked, party: Party, dialect: Dialect): boolean {
  const reading = readingOf(plan, dialect);
  if (reading !== 'read' || !isReadable(plan, asked, dialect)) return false;
  if (plan.aim === 'introspection' && party.client_secret === '') return false;
  return isAuthenticated(plan, party, dialect, reading) && plan.ticket !== 'missing';
}
