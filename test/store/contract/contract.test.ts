// The contract of the store: every suite, on every database engine. A suite that is missing here is a file that nobody
// imports, which the linter refuses; an engine is a line in engines.ts.

import { describe } from 'vitest';
import { administrationContract } from './administration.ts';
import { attemptsContract } from './attempts.ts';
import { changesContract } from './changes.ts';
import { type CreateEngine, engines } from './engines.ts';
import { grantsContract } from './grants.ts';
import { leasesContract } from './leases.ts';
import { migrateContract } from './migrate.ts';
import { revocationsContract } from './revocations.ts';
import { sessionsContract } from './sessions.ts';
import { signInContract } from './sign-in.ts';
import { storeContract } from './store.ts';
import { sweepsContract } from './sweeps.ts';
import { usageContract } from './usage.ts';
import { usersContract } from './users.ts';

const suites: Readonly<Record<string, (name: string, createEngine: CreateEngine) => void>> = {
  'issuers, clients and keys': storeContract,
  administration: administrationContract,
  changes: changesContract,
  revocations: revocationsContract,
  grants: grantsContract,
  attempts: attemptsContract,
  users: usersContract,
  sessions: sessionsContract,
  'signing in': signInContract,
  usage: usageContract,
  leases: leasesContract,
  sweeps: sweepsContract,
  migrations: migrateContract,
};

describe.each(Object.entries(engines))('%s', (_engine, createEngine) => {
  for (const [name, suite] of Object.entries(suites)) suite(name, createEngine);
});
