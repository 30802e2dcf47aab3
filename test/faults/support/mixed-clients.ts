// Clients of many kinds, who write down what they were told, and hold the server to it.

import {
  type Amounts,
  clientId,
  clientOfGrant,
  grantId,
  REDIRECT_URI,
  SCOPE,
  secretOf,
  VERIFIER,
} from '../../../bench/src/rows/seeding.ts';
import type { Instance } from '../../../packages/server/src/instance/instance.ts';
import type { Random } from './random.ts';
import { type Answered, type Connections, formRequest } from './traffic.ts';

interface Given {
  readonly client: number;
  readonly token: string;
  readonly at: number;
  /** Whether its revocation was asked for; then, when that was acknowledged. */
  revoking: boolean;
  revoked_at?: number;
}

interface Chain {
  readonly client: number;
  token: string;
}

type Tools = Pick<Instance, 'admin' | 'grantTokens'>;

/** Milliseconds within which every process knows of a revocation. */
const known = 2000;
/** Milliseconds in which a token surely lives, of the minute that it has, and may still be asked about. */
const alive = 55_000;
const worthAsking = 45_000;
const remembered = 5000;
const paths = { token: '/oauth2/token', introspection: '/oauth2/introspect', revocation: '/oauth2/revoke' };

export class Ledger {
  readonly #connections: Connections;
  readonly #random: Random;
  readonly #authorizations: readonly string[];
  readonly #chains: Chain[];
  readonly #codes: { readonly client: number; readonly code: string }[];
  readonly #redeemed: { readonly client: number; readonly code: string }[] = [];
  #given: Given[] = [];

  /** On a database that was seeded with `amounts`. */
  constructor(connections: Connections, random: Random, { admin, grantTokens }: Tools, amounts: Amounts) {
    this.#connections = connections;
    this.#random = random;
    this.#authorizations = numbers(amounts.clients).map((client) => {
      const id = clientId(client);
      return `Basic ${Buffer.from(`${id}:${secretOf(admin.hashes, id)}`).toString('base64')}`;
    });
    this.#chains = numbers(amounts.grants).map((grant) => ({
      client: clientOfGrant(grant, amounts.clients),
      token: grantTokens.refreshToken('standard', grantId('seed', grant), 1),
    }));
    this.#codes = numbers(amounts.codes).map((code) => ({
      client: clientOfGrant(code, amounts.clients),
      code: grantTokens.code('standard', grantId('code', code)),
    }));
  }

  /** One request of the mix; throws where the answer is not what earlier ones promised. */
  act = (): Promise<void> => {
    const drawn = this.#random.next();
    if (drawn < 0.3) return this.#introspect(this.#random.pick(this.#given));
    if (drawn < 0.47) return this.#refresh(this.#chains.shift());
    if (drawn < 0.52) return this.#redeem(this.#codes.pop());
    if (drawn < 0.55) return this.#revoke(this.#random.pick(this.#given));
    return this.#issue();
  };

  /** When all is quiet: whatever was said last is still so. Says of how much. */
  async check(): Promise<string> {
    const chains = this.#chains.length;
    for (let count = 0; count < chains; count += 1) await this.#refresh(this.#chains.shift());
    await new Promise((resolve) => setTimeout(resolve, known));
    const given = this.#given.filter(({ at }) => Date.now() - at < worthAsking / 2);
    for (const each of given) await this.#introspect(each);
    for (const { client, code } of this.#redeemed.slice(-100)) {
      const again = await this.#ask(client, 'token', redemption(code));
      if (again.status !== 400) throw new Error(`a code was good twice: ${again.status}`);
    }
    const revoked = given.filter(({ revoking }) => revoking).length;
    return `${chains} refresh chains, ${given.length} tokens and ${revoked} revocations as acknowledged`;
  }

  async #issue(): Promise<void> {
    const client = 1 + this.#random.below(this.#authorizations.length);
    const form = { grant_type: 'client_credentials', scope: SCOPE.join(' ') };
    this.#remember(client, granted(await this.#ask(client, 'token', form)));
  }

  async #refresh(chain: Chain | undefined): Promise<void> {
    if (chain === undefined) return this.#issue();
    const form = { grant_type: 'refresh_token', refresh_token: chain.token };
    const answer = granted(await this.#ask(chain.client, 'token', form));
    chain.token = String(answer.refresh_token);
    this.#chains.push(chain);
    this.#remember(chain.client, answer);
  }

  async #redeem(one: { readonly client: number; readonly code: string } | undefined): Promise<void> {
    if (one === undefined) return this.#issue();
    granted(await this.#ask(one.client, 'token', redemption(one.code)));
    this.#redeemed.push(one);
    if (this.#redeemed.length > remembered) this.#redeemed.shift();
  }

  async #introspect(given: Given | undefined): Promise<void> {
    if (given === undefined || Date.now() - given.at > worthAsking) return this.#issue();
    const over = given.revoked_at !== undefined && Date.now() - given.revoked_at > known;
    const answer = await this.#ask(given.client, 'introspection', { token: given.token });
    const { active } = granted(answer);
    if (active === true && over) throw new Error('a token that was revoked is active');
    if (active !== true && !given.revoking && Date.now() - given.at < alive)
      throw new Error(`a token is not active: ${answer.body}`);
  }

  async #revoke(given: Given | undefined): Promise<void> {
    if (given === undefined || given.revoking) return this.#issue();
    given.revoking = true;
    const { status } = await this.#ask(given.client, 'revocation', { token: given.token });
    if (status !== 200) throw new Error(`a revocation was answered by ${status}`);
    given.revoked_at = Date.now();
  }

  #remember(client: number, { access_token }: Record<string, unknown>): void {
    this.#given.push({ client, token: String(access_token), at: Date.now(), revoking: false });
    if (this.#given.length > 2 * remembered) this.#given = this.#given.slice(-remembered);
  }

  #ask(client: number, endpoint: keyof typeof paths, form: Record<string, string>): Promise<Answered> {
    const authorization = this.#authorizations[client - 1] ?? '';
    return this.#connections.ask(formRequest(paths[endpoint], authorization, form));
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const redemption = (code: string) => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: REDIRECT_URI,
  code_verifier: VERIFIER,
});

function granted({ status, body }: Answered): Record<string, unknown> {
  if (status !== 200) throw new Error(`a request that is in order was answered by ${status}: ${body}`);
  return JSON.parse(body) as Record<string, unknown>;
}
