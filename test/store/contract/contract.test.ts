// The contract of the store: every suite, on every database engine. A suite that is missing here is a file that nobody
// imports, which the linter refuses; an engine is a line in engines.ts.

import { afterAll, describe } from 'vitest';
import { clientsAdministrationContract } from './administration-clients.ts';
import { issuersAdministrationContract } from './administration-issuers.ts';
import { listsAdministrationContract } from './administration-lists.ts';
import { recordAdministrationContract } from './administration-record.ts';
import { usersAdministrationContract } from './administration-users.ts';
import { attemptsContract } from './attempts.ts';
import { changesContract } from './changes.ts';
import { type CreateEngine, dropKept, engines } from './engines.ts';
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
  'administration: clients': clientsAdministrationContract,
  'administration: issuers': issuersAdministrationContract,
  'administration: users': usersAdministrationContract,
  'administration: record': recordAdministrationContract,
  'administration: lists': listsAdministrationContract,
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

afterAll(dropKept);

describe.each(Object.entries(engines))('%s', (_engine, createEngine) => {
  for (const [name, suite] of Object.entries(suites)) suite(name, createEngine);
});
