// What a request shall be, said without any dialect: who asks for what, how it is written, and what is wrong with it.

import fc, { type Arbitrary } from 'fast-check';

/** What is wanted, in the standard names. */
type Aim = 'client_credentials' | 'authorization_code' | 'refresh_token' | 'introspection' | 'revocation';

export interface Plan {
  readonly aim: Aim;
  /** `app`, `open` and `limited` can authenticate; `nobody` presents nothing; all others are refused. */
  readonly who:
    | 'app'
    | 'open'
    | 'limited'
    | 'nobody'
    | 'unknown'
    | 'wrong'
    | 'swapped'
    | 'expired'
    | 'revoked'
    | 'disabled';
  readonly by: 'basic' | 'post' | 'twice' | 'differing';
  readonly media: 'form' | 'json' | 'query';
  /** Of each parameter in turn, whether it stands by another name where the dialect has one. */
  readonly others: readonly boolean[];
  readonly grant: 'named' | 'other' | 'left_out' | 'unknown';
  /** The code, refresh token or access token that is presented. */
  readonly ticket: 'good' | 'garbage' | 'used' | 'of_another' | 'missing';
  readonly verifier: 'good' | 'missing' | 'wrong';
  readonly redirect: 'good' | 'missing' | 'wrong';
  readonly scope: 'absent' | 'read' | 'two' | 'openid' | 'beyond';
  readonly twist: Twist;
  readonly accept: string | undefined;
  /** Whether a script of another origin asks. */
  readonly origin: boolean;
}

/** What is odd about how the parameters are written. */
const twists = [
  ...(['none', 'noise', 'empty', 'number'] as const),
  ...(['repeated', 'both_names', 'nul', 'surrogate', 'broken', 'too_many'] as const),
  ...(['object', 'list', 'true', 'null', 'deep', 'trailing', 'comment', 'bare'] as const),
] as const;
export type Twist = (typeof twists)[number];

/** Mostly the first. */
const mostly = <T>(usual: T, ...unusual: readonly T[]): Arbitrary<T> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...unusual) },
  );

const aims = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Aim>('client_credentials') },
  { weight: 4, arbitrary: fc.constant<Aim>('authorization_code') },
  { weight: 2, arbitrary: fc.constant<Aim>('refresh_token') },
  { weight: 2, arbitrary: fc.constantFrom<Aim[]>('introspection', 'revocation') },
);

export const anyPlan: Arbitrary<Plan> = fc.record({
  aim: aims,
  who: mostly<Plan['who']>(
    'app',
    ...([
      'open',
      'open',
      'limited',
      'nobody',
      'unknown',
      'wrong',
      'swapped',
      'expired',
      'revoked',
      'disabled',
    ] as const),
  ),
  by: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('basic', 'post') },
    { weight: 1, arbitrary: fc.constantFrom('twice', 'differing') },
  ),
  media: fc.oneof(
    { weight: 6, arbitrary: fc.constant('form') },
    { weight: 4, arbitrary: fc.constant('json') },
    { weight: 1, arbitrary: fc.constant('query') },
  ),
  others: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  grant: mostly<Plan['grant']>('named', 'other', 'left_out', 'left_out', 'unknown'),
  ticket: mostly<Plan['ticket']>('good', 'garbage', 'used', 'of_another', 'missing'),
  verifier: mostly<Plan['verifier']>('good', 'missing', 'wrong'),
  redirect: mostly<Plan['redirect']>('good', 'missing', 'wrong'),
  scope: mostly<Plan['scope']>('read', 'absent', 'absent', 'two', 'openid', 'beyond'),
  twist: mostly<Twist>('none', ...twists),
  accept: fc.constantFrom(
    ...[undefined, undefined, '*/*', 'application/json', 'application/x-www-form-urlencoded'],
    ...[
      'text/html;q=0.9, application/x-www-form-urlencoded;q=0.1',
      'application/json;q=x',
      ',;q=',
      'q'.repeat(500),
    ],
  ),
  origin: mostly(false, true),
});
