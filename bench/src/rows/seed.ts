// npm run seed: adds clients and grants in bulk, to see how a server behaves with many of them.

import { parseArgs } from 'node:util';
import { applyEnvironment } from '../../../packages/server/src/config/environment.ts';
import { type Place, seedDatabase } from './seeded.ts';
import { clientId, MOST } from './seeding.ts';

const USAGE = `usage: npm run seed -- (--data FOLDER | --database URL) [options]
  --data FOLDER     fill the SQLite database of this folder; it is made if there is none
  --database URL    fill this PostgreSQL database; the master key is TESSERA_MASTER_KEY's, or in the folder of --data
  --clients N       have N clients, seed-0000001 and so on (default 1000)
  --grants N        have N grants with a refresh token (default 10000)
  --force           also beside clients that were not made here
`;

function amount(flag: keyof typeof MOST, value: string): number {
  if (/^[1-9]\d*$/.test(value) && Number(value) <= MOST[flag]) return Number(value);
  throw new Error(`--${flag} takes a whole number from 1 to ${MOST[flag]}, not '${value}'`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      database: { type: 'string' },
      clients: { type: 'string', default: '1000' },
      grants: { type: 'string', default: '10000' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { data, database, force } = values;
  if (values.help || (data === undefined && database === undefined)) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const amounts = { clients: amount('clients', values.clients), grants: amount('grants', values.grants) };
  const place: Place = {
    ...applyEnvironment({}, process.env),
    data: data ?? 'tessera-data',
    ...(database !== undefined && { database }),
  };
  const start = performance.now();
  const note = (text: string) => process.stderr.write(`${text}\n`);
  const { secret } = await seedDatabase(place, { ...amounts, codes: 0 }, { force, note });
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  const example = { client_id: clientId(1), client_secret: secret(1) };
  process.stdout.write(`${JSON.stringify({ ...amounts, seconds, ...example })}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`seed: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
