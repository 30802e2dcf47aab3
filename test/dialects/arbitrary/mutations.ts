// A dialect as it stands in a file, changed in a place or two: what a person gets wrong, and what somebody would try.

import fc, { type Arbitrary } from 'fast-check';

type Json = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** What stands in the place of something else, wherever the schema takes it. */
const replacements: readonly unknown[] = [
  ...[
    'access_token',
    'refresh_token',
    'id_token',
    'token_type',
    'user_id',
    'scope',
    'otherwise',
    'random',
    '',
  ],
  ...['authorization_code', 'refresh_token', 'client_credentials', 'none', 'query', 'json', 'form', 'always'],
  ...['request_id', 'timestamp', 'error', 'user-1', 'openid', 'read', ',', ' ', 'no-store', 'public'],
  ...[0, 1, 200, 204, 302, 400, 401, 500, 86_401, 1e308, true, false, null],
  ...[
    [],
    {},
    { value: 1 },
    { value: { access_token: 'x' } },
    { from: 'refresh_token' },
    { list: ['access_token'] },
  ],
  { members: { access_token: 'access_token' }, grant_types: ['client_credentials'] },
  { list: [{ members: { refresh_token: 'refresh_token' } }], grant_types: ['refresh_token'] },
  { from: 'user_id', otherwise: 'user-1' },
  { from: 'scope', otherwise: 'openid write_user_tokens' },
  { from: 'expires_at', as: 'iso8601', unit: 'ms' },
  { by_error: { invalid_client: 1 }, otherwise: { active: true } },
  { parameter: 'client_secret', value: 'x' },
];

const keys: readonly string[] = [
  ...[
    'access_token',
    'ACCESS_TOKEN',
    'refresh_token',
    'id_token',
    'active',
    'error',
    '__proto__',
    'constructor',
  ],
  ...[
    'scope',
    'sub',
    'cnf',
    'act',
    'jti',
    'client_id',
    'request',
    'response_mode',
    'nonce',
    'otherwise',
    'names',
  ],
  ...[
    'cache-control',
    'X-Accel-Expires',
    'Content-Type',
    'Link',
    'invalid_client',
    'client_unknown',
    'user_token',
  ],
  ...['grant_types', 'token_type', '7', 'members', 'given', 'excluded_scopes'],
];

/** Objects that take members by any name. */
const open = [
  'answer',
  'body',
  'claims',
  'headers',
  'names',
  'members',
  'by_error',
  'rename',
  'describe',
  'status',
];

interface Mutation {
  readonly place: number;
  /** Whether it shall be within one of `open`. */
  readonly within: boolean;
  readonly kind: 'replace' | 'remove' | 'rename' | 'add' | 'repeat' | 'swap';
  readonly key: string;
  readonly value: unknown;
}

const mutation: Arbitrary<Mutation> = fc.record({
  place: fc.nat(10_000),
  within: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  kind: fc.constantFrom('replace', 'remove', 'rename', 'add', 'repeat', 'swap'),
  key: fc.constantFrom(...keys),
  value: fc.constantFrom(...replacements),
});

interface Place {
  readonly holder: Json;
  readonly key: string;
  readonly within: boolean;
}

function* placesIn(holder: Json, within = false): Generator<Place> {
  for (const [key, value] of Object.entries(holder)) {
    yield { holder, key, within };
    if (isContainer(value)) yield* placesIn(value, within || open.includes(key));
  }
}

function mutate(dialect: Record<string, unknown>, { place, within, kind, key, value }: Mutation): void {
  const places = [...placesIn(dialect)].filter((each) => !within || each.within);
  const chosen = places[place % places.length];
  if (chosen === undefined) return;
  const holder = chosen.holder as Record<string, unknown>;
  const before = holder[chosen.key];
  if (kind === 'replace') holder[chosen.key] = structuredClone(value);
  else if (Array.isArray(chosen.holder))
    chosen.holder.splice(Number(chosen.key), kind === 'remove' ? 1 : 0, value);
  else if (kind === 'swap') holder[chosen.key] = structuredClone(otherValue(places, chosen, place));
  else if (kind === 'add') Object.defineProperty(holder, key, own(structuredClone(value)));
  else {
    if (kind !== 'repeat') delete holder[chosen.key];
    if (kind !== 'remove') Object.defineProperty(holder, key, own(structuredClone(before)));
  }
}

/** Of another member of the same name, or else of the same object. */
function otherValue(places: readonly Place[], { holder, key }: Place, place: number): unknown {
  const named = places.filter((each) => each.holder !== holder && each.key === key);
  const beside = places.filter((each) => each.holder === holder);
  const from = named.length > 0 ? named : beside;
  const other = from[place % from.length];
  return other && (other.holder as Record<string, unknown>)[other.key];
}

/** As a file has it: a member by any name, `__proto__` too. */
const own = (value: unknown) => ({ value, enumerable: true, configurable: true, writable: true });

/** `written` with one change or two. */
export const mutated = (written: Arbitrary<Record<string, unknown>>): Arbitrary<unknown> =>
  fc.tuple(written, fc.array(mutation, { minLength: 1, maxLength: 2 })).map(([dialect, mutations]) => {
    const changed = structuredClone(dialect);
    for (const each of mutations) mutate(changed, each);
    return changed;
  });
