// A client's ledger: what it was told under load, compared with what is so afterwards. Whatever the server has
// acknowledged must be true; of what it has not, the client knows nothing, and may ask again.

import { decodeJwt } from 'jose';
import { ISSUER, type Place, type Seeded, seedDatabase } from '../../../bench/src/rows/seeded.ts';
import { clientId, clientOfGrant, REDIRECT_URI, VERIFIER } from '../../../bench/src/rows/seeding.ts';
import { type Answer, ask, type Credentials, codeOf, keepAlive } from './http.ts';
import { pause } from './tessera.ts';

const amounts = { clients: 50, grants: 200, codes: 60_000 };
/** What changes on one process holds on the others within a second (docs/architecture.md). */
const staleMs = 1000;

interface Chain {
  readonly grant: number;
  /** Of the newest refresh token that the client was given. */
  generation: number;
}

interface Revoked {
  readonly token: string;
  readonly client: Credentials;
  /** When the client was told so, by the monotonic clock. */
  readonly at: number;
}

export class Ledger {
  /** How requests ended: by status, or by the code of the network's error. */
  readonly ended: Record<string, number> = {};
  /** What was promised, and was not so. */
  readonly broken: string[] = [];
  /** Milliseconds that the slowest answer took. */
  slowest = 0;
  /** Since when the servers cannot hear of each other; what was revoked shortly before may not be known everywhere. */
  deafSince = Number.POSITIVE_INFINITY;
  /** Milliseconds by which the clock of the servers is ahead. */
  offset = 0;
  readonly #seeded: Seeded;
  #origins: readonly string[];
  #agent = keepAlive(64);
  readonly #chains: Chain[];
  readonly #revoked: Revoked[] = [];
  readonly #alive: Omit<Revoked, 'at'>[] = [];
  /** By the number of a code that was presented: how often it gave tokens. */
  readonly #redeemed = new Map<number, number>();
  #unchecked: number[] = [];
  #code = 0;
  #turn = 0;
  #running: Promise<unknown> = Promise.resolve();
  #going = false;

  /** On a database that it fills; the servers may come later. */
  static async open(place: Place): Promise<Ledger> {
    return new Ledger(await seedDatabase(place, amounts));
  }

  constructor(seeded: Seeded) {
    this.#seeded = seeded;
    this.#origins = [];
    this.#chains = Array.from({ length: amounts.grants }, (_, index) => ({
      grant: index + 1,
      generation: 1,
    }));
  }

  /** In words. */
  get told(): string {
    const sum = (list: Iterable<number>) => [...list].reduce((a, b) => a + b, 0);
    const rotations = sum(this.#chains.map(({ generation }) => generation - 1));
    const codes = sum(this.#redeemed.values());
    return `${rotations} rotations, ${codes} codes and ${this.#revoked.length} revocations acknowledged, none lost`;
  }

  /** Begins a mixed load of so many callers on these servers, each with its own refresh tokens. */
  start(origins: readonly string[], callers = 12): void {
    this.#origins = origins;
    this.#going = true;
    this.#running = Promise.all(Array.from({ length: callers }, (_, caller) => this.#call(caller, callers)));
  }

  /** Ends the load, with every answer that is still to come. */
  async stop(): Promise<void> {
    this.#going = false;
    await this.#running;
  }

  /** Asks, once all is well again, for everything that was acknowledged since the last time. Throws where a promise was broken. */
  async check(): Promise<void> {
    // Connections of before may lead nowhere.
    this.#agent.destroy();
    this.#agent = keepAlive(64);
    const codes = this.#unchecked.splice(0);
    await inTurn(this.#chains, 16, (chain) => this.#insist(() => this.#refresh(chain)));
    await inTurn(codes, 16, (code) => this.#insist(() => this.#presentAgain(code)));
    await pause(staleMs);
    this.deafSince = Number.POSITIVE_INFINITY;
    await inTurn(this.#revoked.slice(-300), 16, (revoked) => this.#insist(() => this.#introspect(revoked)));
    await inTurn(this.#alive.slice(-50), 16, (token) => this.#insist(() => this.#expectActive(token)));
    this.#expectKept();
  }

  /** Where something was away, somebody must have been told. */
  expectRefusals(): void {
    if (!this.ended['503']) throw new Error('nobody was told 503');
  }

  #expectKept(): void {
    if (this.broken.length > 0)
      throw new Error(
        `${this.broken.length} promises broken, the first: ${this.broken.slice(0, 3).join('; ')}`,
      );
  }

  async #call(caller: number, callers: number): Promise<void> {
    const own = this.#chains.filter(({ grant }) => grant % callers === caller);
    for (let round = caller; this.#going; round += 1) {
      const chain = own[round % own.length];
      if (round % 5 === 0) await this.#redeemTwice();
      else if (round % 5 === 1) await this.#revoke();
      else if (round % 5 === 2) await this.#introspectAny();
      else if (chain !== undefined) await this.#refresh(chain);
      await pause(5);
    }
  }

  /** Undefined: no answer that says anything. Whatever is not a promise of the server is noted as broken. */
  async #ask(path: string, client: Credentials, body: Record<string, string>): Promise<Answer | undefined> {
    const origin = this.#origins[this.#turn++ % this.#origins.length];
    const begin = performance.now();
    try {
      const answer = await ask(`${origin}${path}`, { client, body, agent: this.#agent });
      this.#note(String(answer.status), begin);
      const { status, headers, json } = answer;
      if (status < 500) return answer;
      const clear =
        status === 503 && headers['retry-after'] !== undefined && json.error === 'temporarily_unavailable';
      if (!clear) this.broken.push(`${path} was answered with ${status} ${JSON.stringify(json)}`);
    } catch (error) {
      this.#note(codeOf(error), begin);
    }
    return undefined;
  }

  #note(end: string, begin: number): void {
    this.ended[end] = (this.ended[end] ?? 0) + 1;
    this.slowest = Math.max(this.slowest, performance.now() - begin);
  }

  /** Asks again where nothing was answered. */
  async #insist(work: () => Promise<boolean>): Promise<void> {
    for (let tried = 0; tried < 50; tried += 1) {
      if (await work()) return;
      await pause(100);
    }
    this.broken.push('no answer in fifty tries');
  }

  #clientOf(grant: number): Credentials {
    const number = clientOfGrant(grant, amounts.clients);
    return { client_id: clientId(number), client_secret: this.#seeded.secret(number) };
  }

  /** The newest token gives its successor, and that alone; so does it where an answer before was lost. */
  async #refresh(chain: Chain): Promise<boolean> {
    const { grant, generation } = chain;
    const refresh_token = this.#seeded.refreshToken(grant, generation);
    const body = { grant_type: 'refresh_token', refresh_token };
    const answer = await this.#ask('/oauth2/token', this.#clientOf(grant), body);
    if (answer === undefined) return false;
    if (answer.json.refresh_token === this.#seeded.refreshToken(grant, generation + 1)) chain.generation += 1;
    else this.broken.push(`refresh token ${generation} of grant ${grant}: ${describe(answer)}`);
    return true;
  }

  #present(number: number): Promise<Answer | undefined> {
    const code = this.#seeded.code(number);
    const body = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
    };
    return this.#ask('/oauth2/token', this.#clientOf(number), body);
  }

  #noteRedeemed(number: number, answers: readonly (Answer | undefined)[]): void {
    const times =
      (this.#redeemed.get(number) ?? 0) + answers.filter((answer) => answer?.status === 200).length;
    this.#redeemed.set(number, times);
    if (times > 1) this.broken.push(`code ${number} was redeemed ${times} times`);
    for (const answer of answers)
      if (answer !== undefined && answer.status !== 200 && answer.json.error !== 'invalid_grant')
        this.broken.push(`code ${number}: ${describe(answer)}`);
  }

  async #redeemTwice(): Promise<void> {
    if (this.#code === amounts.codes) throw new Error('no codes are left');
    const number = ++this.#code;
    const answers = await Promise.all([this.#present(number), this.#present(number)]);
    this.#noteRedeemed(number, answers);
    this.#unchecked.push(number);
    // RFC 6749 §4.1.2: the second one has ended what the first one got.
    const token = answers.find((answer) => answer?.status === 200)?.json.access_token;
    if (typeof token === 'string' && answers.some((answer) => answer?.json.error === 'invalid_grant'))
      this.#revoked.push({ token, client: this.#clientOf(number), at: performance.now() });
  }

  async #presentAgain(number: number): Promise<boolean> {
    const answer = await this.#present(number);
    this.#noteRedeemed(number, [answer]);
    return answer !== undefined;
  }

  async #revoke(): Promise<void> {
    const client = this.#clientOf(1 + (this.#turn % amounts.clients));
    const issued = await this.#ask('/oauth2/token', client, { grant_type: 'client_credentials' });
    const token = issued?.json.access_token;
    if (issued === undefined) return;
    if (typeof token !== 'string') {
      this.broken.push(`client_credentials: ${describe(issued)}`);
      return;
    }
    if (this.#turn % 4 === 0) this.#alive.push({ token, client });
    else if ((await this.#ask('/oauth2/revoke', client, { token }))?.status === 200)
      this.#revoked.push({ token, client, at: performance.now() });
  }

  async #introspectAny(): Promise<void> {
    const revoked = this.#revoked[Math.floor(Math.random() * this.#revoked.length)];
    if (revoked !== undefined) await this.#introspect(revoked);
  }

  async #introspect({ token, client, at }: Revoked): Promise<boolean> {
    const known = at < Math.min(performance.now(), this.deafSince) - staleMs;
    const answer = await this.#ask('/oauth2/introspect', client, { token });
    if (known && answer?.json.active === true)
      this.broken.push(`a revoked token is active, ${decodeJwt(token).jti} of ${ISSUER}`);
    return answer !== undefined;
  }

  async #expectActive({ token, client }: Omit<Revoked, 'at'>): Promise<boolean> {
    const answer = await this.#ask('/oauth2/introspect', client, { token });
    const left = (decodeJwt(token).exp ?? 0) * 1000 - Date.now() - this.offset;
    if (answer !== undefined && Math.abs(left) > 5000 && answer.json.active !== left > 0)
      this.broken.push(`a token with ${left} ms left, that nobody revoked: ${describe(answer)}`);
    return answer !== undefined;
  }
}

const describe = ({ status, json }: Answer): string =>
  `${status} ${json.error ?? JSON.stringify(json).slice(0, 200)}`;

/** Each of `items`, so many at once. */
async function inTurn<Item>(items: readonly Item[], atOnce: number, work: (item: Item) => Promise<void>) {
  const left = [...items];
  const one = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
