// The one queue of this process that every slow hash goes through (argon2id.ts), so that guesses can fill neither its
// memory nor its threads, nor take the turns of those who have signed in before.

import { setImmediate } from 'node:timers/promises';
import { OAuthError } from '@tessera-oauth/core';
import { type NetworkSize, networksOf } from './network.ts';

/** Whose turn it is. */
export interface Turn {
  readonly kind: 'client' | 'user';
  /** Whether the account has signed in from there before; true where nobody claims anything. */
  readonly known: boolean;
  /** Absent where nobody claims anything. */
  readonly account?: string;
  readonly address?: string;
}

/** Places in a lane. */
const laneRoom = 50;
/** Of these, so many may be of one account that is known: its own mistakes fill no lane. */
const roomOfAccount = 5;
/** And so many of one network of strangers. */
const roomOf: Readonly<Record<NetworkSize, number>> = {
  '4/32': 5,
  '4/24': 10,
  '6/64': 5,
  '6/56': 10,
  '6/48': 10,
  '6/32': 25,
};

interface Waiting {
  readonly work: () => Promise<void>;
  readonly groups: readonly Group[];
}

/** Those who share a room. */
interface Group {
  readonly name: string;
  readonly room: number;
}

// Each lane has its own room and its own turns: strangers make those who are known wait for one hash at most each.
const lanes: readonly {
  readonly kind: Turn['kind'];
  readonly known: boolean;
  readonly waiting: Waiting[];
}[] = [
  { kind: 'user', known: true, waiting: [] },
  { kind: 'client', known: true, waiting: [] },
  { kind: 'user', known: false, waiting: [] },
  { kind: 'client', known: false, waiting: [] },
];
const taken = new Map<string, number>();
const counts = { client: 0, user: 0 };
let running = false;

/** How many slow hashes are waiting, the one that runs included, by kind. */
export const slowHashesWaiting = (): Readonly<typeof counts> => counts;

/**
 * Runs `work` when its turn has come; one runs at a time, so that signatures keep their threads. Throws an OAuthError with
 * status 503 where there is no place for it.
 */
export async function inTurn<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
  const lane = lanes.find(({ kind, known }) => kind === turn.kind && known === turn.known);
  const groups = groupsOf(turn);
  if (lane === undefined || groups.some(({ name, room }) => (taken.get(name) ?? 0) >= room)) throw tooBusy();
  for (const { name } of groups) taken.set(name, (taken.get(name) ?? 0) + 1);
  counts[turn.kind] += 1;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const run = async () => {
    await work().then(resolve, reject);
    counts[turn.kind] -= 1;
  };
  lane.waiting.push({ work: run, groups });
  if (!running) void runAll();
  return promise;
}

const groupsOf = ({ kind, known, account, address }: Turn): readonly Group[] => {
  const lane = `${kind} ${known}`;
  const all = { name: lane, room: laneRoom };
  if (known)
    return account === undefined ? [all] : [all, { name: `${lane} ${account}`, room: roomOfAccount }];
  const networks = address === undefined ? [] : networksOf(address);
  return [
    all,
    ...networks.map(({ size, prefix }) => ({ name: `${lane} ${size} ${prefix}`, room: roomOf[size] })),
  ];
};

async function runAll(): Promise<void> {
  running = true;
  for (let idle = 0, index = 0; idle < lanes.length; index = (index + 1) % lanes.length) {
    const next = lanes[index]?.waiting.shift();
    idle = next === undefined ? idle + 1 : 0;
    if (next === undefined) continue;
    await next.work();
    next.groups.forEach(leave);
    // The next one starts only after the caller has had the outcome of this one.
    await setImmediate();
  }
  running = false;
}

function leave({ name }: Group): void {
  const left = (taken.get(name) ?? 1) - 1;
  if (left === 0) taken.delete(name);
  else taken.set(name, left);
}

const tooBusy = () =>
  new OAuthError('temporarily_unavailable', 'slow_hash_queue_full', 'Too busy. Try again shortly.', {
    status: 503,
    retry_after: 1,
  });
