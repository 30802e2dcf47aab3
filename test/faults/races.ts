// Fifty at once over HTTP, on connections to several processes: what is good once is good for one of them.

import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import { type Engine, withEngine } from '../../bench/src/rows/databases.ts';
import { type Place, type Seeded, seedDatabase } from '../../bench/src/rows/seeded.ts';
import { clientId, clientOfGrant, REDIRECT_URI, VERIFIER } from '../../bench/src/rows/seeding.ts';
import { type Proof, scaled } from './proof.ts';
import { type Answer, ask, keepAlive } from './support/http.ts';
import { expectNoFaults, pause, startTessera, type Tessera } from './support/tessera.ts';

const callers = 50;
/** Of each kind; together with the other engine a thousand. */
const rounds = 1000;
const clients = 20;

/** Workers of each server: on PostgreSQL there are two. */
const servers: Record<Engine, readonly number[]> = { sqlite: [4], postgres: [2, 2] };

export const races: readonly Proof[] = (['sqlite', 'postgres'] as const).map((engine) => ({
  name: `races-${engine}`,
  run: (circumstances) =>
    withEngine(engine, async (make) => {
      const count = scaled(rounds, circumstances);
      const { place, secret } = withSignInPage(await make());
      const seeded = await seedDatabase(place, { clients, grants: count, codes: count });
      const started: Tessera[] = [];
      try {
        for (const workers of servers[engine]) started.push(await startTessera(place, { workers }));
        const race = new Race(started, seeded);
        for (let round = 1; round <= count; round += 1) {
          await race.redeem(round);
          await race.refresh(round);
          await race.answerTicket(secret);
        }
        await race.expectRevoked();
        started.forEach(expectNoFaults);
        if (race.processes.size < 4) throw new Error(`only ${race.processes.size} processes answered`);
        return `${count} rounds of ${callers} for a code, a refresh token and a ticket each, over ${race.processes.size} processes: one winner`;
      } finally {
        for (const server of started) await server.kill();
      }
    }),
}));

/** As a company has that signs its users in on a page of its own: the tickets for it are good once. */
function withSignInPage(place: Place): { place: Place; secret: string } {
  const secret = randomBytes(32).toString('base64');
  const secret_file = join(place.data, 'login-secret');
  writeFileSync(secret_file, secret, { mode: 0o600 });
  return { place: { ...place, login: { url: 'https://www.example.com/sign-in', secret_file } }, secret };
}

class Race {
  readonly #connections: readonly { readonly origin: string; readonly agent: Agent }[];
  readonly #seeded: Seeded;
  /** Access tokens of codes that were replayed. */
  readonly #replayed: { readonly token: string; readonly code: number }[] = [];
  /** By what each process begins its request ids with. */
  readonly processes = new Set<string>();

  constructor(targets: readonly Tessera[], seeded: Seeded) {
    this.#seeded = seeded;
    this.#connections = Array.from({ length: callers }, (_, index) => ({
      origin: targets[index % targets.length]?.origin ?? '',
      agent: keepAlive(1),
    }));
  }

  /** RFC 6749 §4.1.2: one gets tokens, and as the others present the code too, they are revoked. */
  async redeem(number: number): Promise<void> {
    const code = this.#seeded.code(number);
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
    };
    const answers = await this.#token(number, form);
    const winner = oneWinner(answers, 'invalid_grant');
    const { access_token, refresh_token } = winner.json;
    this.#replayed.push({ token: String(access_token), code: number });
    const refresh = { grant_type: 'refresh_token', refresh_token: String(refresh_token) };
    for (const answer of await this.#token(number, refresh, 1)) expectRefusal(answer, 'invalid_grant');
  }

  /** All of them come within the grace, and get the one successor. */
  async refresh(grant: number): Promise<void> {
    const refresh_token = this.#seeded.refreshToken(grant, 1);
    const answers = await this.#token(grant, { grant_type: 'refresh_token', refresh_token });
    const given = new Set(answers.map(({ json }) => json.refresh_token));
    if (given.size !== 1 || !given.has(this.#seeded.refreshToken(grant, 2)))
      throw new Error(`grant ${grant}: ${given.size} successors, ${describe(answers)}`);
    if (new Set(answers.map(({ json }) => json.access_token)).size !== callers)
      throw new Error(`grant ${grant}: two got one access token`);
  }

  async answerTicket(secret: string): Promise<void> {
    const url = new URL('/oauth2/authorize', this.#connections[0]?.origin);
    const code_challenge = createHash('sha256').update(VERIFIER).digest('base64url');
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId(1),
      redirect_uri: REDIRECT_URI,
      scope: 'invoices.read',
      code_challenge,
      code_challenge_method: 'S256',
    }).toString();
    const { status, headers: sent } = await ask(url.toString());
    const ticket =
      URL.canParse(sent.location ?? '') && new URL(sent.location ?? '').searchParams.get('ticket');
    if (!ticket) throw new Error(`no ticket, but ${status}`);
    const body = JSON.stringify({ ticket, subject: 'customer-1', scope: ['invoices.read'] });
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    oneWinner(await this.#all('/account/tickets', { body, headers }), 'invalid_request');
  }

  /** A second after the last of them, on connections to all processes. */
  async expectRevoked(): Promise<void> {
    await pause(1000);
    for (const { token, code } of this.#replayed)
      for (const { json } of await this.#all('/oauth2/introspect', { ...this.#of(code), body: { token } }, 8))
        if (json.active !== false) throw new Error(`code ${code} was replayed, and its token is active`);
  }

  #of(number: number) {
    const client = clientOfGrant(number, clients);
    return { client: { client_id: clientId(client), client_secret: this.#seeded.secret(client) } };
  }

  #token(number: number, body: Record<string, string>, count?: number): Promise<Answer[]> {
    return this.#all('/oauth2/token', { ...this.#of(number), body }, count);
  }

  #all(path: string, asked: Parameters<typeof ask>[1], count = callers): Promise<Answer[]> {
    return Promise.all(
      this.#connections.slice(0, count).map(async ({ origin, agent }) => {
        const answer = await ask(origin + path, { ...asked, agent });
        const id = answer.headers['x-request-id'];
        if (typeof id === 'string') this.processes.add(id.slice(0, 8));
        return answer;
      }),
    );
  }
}

function oneWinner(answers: readonly Answer[], error: string): Answer {
  const [winner, ...more] = answers.filter(({ status }) => status === 200);
  if (winner === undefined || more.length > 0)
    throw new Error(`${winner ? more.length + 1 : 0} winners: ${describe(answers)}`);
  for (const answer of answers) if (answer !== winner) expectRefusal(answer, error);
  return winner;
}

function expectRefusal({ status, json }: Answer, error: string): void {
  if (status !== 400 || json.error !== error)
    throw new Error(`expected ${error}, got ${status} ${json.error}`);
}

const describe = (answers: readonly Answer[]): string =>
  [...new Set(answers.map(({ status, json }) => `${status} ${json.error ?? ''}`.trim()))].join(', ');
