// The master key is replaced while servers run: what clients and browsers hold goes on working on every server, a stop halfway
// loses nothing, and afterwards the old key opens, proves and finds nothing.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  beginRotation,
  countOldRefreshTokens,
  renewStored,
  retireMasterKey,
} from '../../packages/server/src/admin/master-key.ts';
import { connectInstance } from '../../packages/server/src/instance/connect.ts';
import type { Instance } from '../../packages/server/src/instance/instance.ts';
import { createFormTokens } from '../../packages/server/src/keys/form-tokens.ts';
import { createGrantTokens } from '../../packages/server/src/keys/grant-tokens.ts';
import { renewRows } from '../../packages/server/src/store/tables/master-key-rows.ts';
import {
  replaceRecoveryCodes,
  useRecoveryCode,
} from '../../packages/server/src/store/tables/recovery-codes.ts';
import { setTotp } from '../../packages/server/src/store/tables/totp.ts';
import { findUser } from '../../packages/server/src/store/tables/users.ts';
import { type App, createApp } from '../authorization/app.ts';
import { addUser } from '../support/accounts.ts';
import { setClock } from '../support/clock.ts';
import { issueToken } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { masterKey } from '../support/key-database.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';

const textOf = (byte: number) => Buffer.alloc(32, byte).toString('base64');

describe.each(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  let config: Record<string, unknown>;
  let one: TestServer;
  let two: TestServer;
  let dispose: () => Promise<void>;
  beforeAll(async () => {
    const port = await freePort();
    const data = await mkdtemp(join(tmpdir(), 'tessera-test-'));
    const database = engine === 'PostgreSQL' ? await createTestDatabase('empty') : undefined;
    config = {
      ...{ data, public_url: `http://127.0.0.1:${port}`, master_key: textOf(1) },
      ...(database && { database: database.url }),
    };
    one = await startTestServer({ ...config, listen: { port } });
    two = await startTestServer({ ...config, listen: { port: 0 } });
    dispose = async () => {
      for (const each of [one, two]) await each.close();
      await database?.drop();
      await rm(data, { recursive: true });
    };
  });
  afterAll(() => dispose());

  /** Another process, with this master key. */
  async function withKey<T>(byte: number, work: (instance: Instance) => Promise<T>): Promise<T> {
    const instance = await connectInstance({ ...one.instance.config, master_key: textOf(byte) });
    return work(instance).finally(() => instance.close());
  }
  const contextOf = ({ admin, master }: Instance) => ({ ...admin, master });
  const at = (node: TestServer, app: App, form: Record<string, string>) =>
    post(`http://127.0.0.1:${node.port}/oauth2/token`, form, basic(app.client_id, app.client_secret));
  const rotatingAre = (rotating: boolean) =>
    eventually(() => [one, two].every(({ instance }) => instance.master.rotating === rotating));

  interface Held {
    readonly app: App;
    readonly chosen: { readonly client_id: string; readonly client_secret: string };
    readonly user: TestUser;
    readonly agent: UserAgent;
    refresh_token: string;
  }
  /** What was given before is good on both servers. */
  async function expectAllGood(held: Held): Promise<void> {
    const { app, chosen, user, agent } = held;
    for (const node of [one, two]) {
      for (const client of [app, chosen])
        expect(
          (await at(node, client as App, { grant_type: 'client_credentials', scope: 'read' })).status,
        ).toBe(200);
      const answer = await at(node, app, { grant_type: 'refresh_token', refresh_token: held.refresh_token });
      expect(answer.status).toBe(200);
      held.refresh_token = ((await answer.json()) as { refresh_token: string }).refresh_token;
    }
    // The session, without signing in again; then the password, in another browser.
    expect(await app.code(agent, { ...user, password: 'not asked for' }, { prompt: 'none' })).toBeTruthy();
    expect(await app.code(new UserAgent(), user)).toBeTruthy();
  }

  test('twice, while two servers run', async () => {
    const user = await createTestUser(one);
    const app = await createApp(one, 'standard');
    const agent = new UserAgent();
    const tokens = await app.redeem(await app.code(agent, user));
    const chosen = await one.register('standard', { secret: { chosen: 'chosen by a person' } });
    const held: Held = { app, chosen, user, agent, refresh_token: tokens.refresh_token };
    const token = await issueToken(one, 'standard', app);
    const { totpSecrets, recoveryCodes, db } = one.instance.login;
    const { codes, hashes } = recoveryCodes.generate();
    await addUser(db, 'ann', { password_hash: null });
    await setTotp(db, 'ann', totpSecrets.seal(Buffer.from('totp'), 'ann'), 1, Date.now());
    await replaceRecoveryCodes(db, 'ann', hashes, Date.now());
    const useCode = (index: number) =>
      useRecoveryCode(db, 'ann', two.instance.login.recoveryCodes.hashesOf(codes[index] ?? ''));
    for (const [from, to] of [
      [1, 2],
      [2, 3],
    ] as const) {
      const unused = await app.redeem(await app.code(agent, user));
      const code = await app.code(agent, user);
      await withKey(from, (instance) => beginRotation(contextOf(instance), masterKey(to)));
      await rotatingAre(true);
      await expectAllGood(held);
      setClock(Date.now() + 6000);
      expect((await app.redeem(code)).status).toBe(200);
      await expectAllGood(held);
      // Stopped halfway, and done by a process that has the new key; the old one is as good until the end.
      await withKey(from, async ({ database, master }) => {
        const stopped = () => {
          throw new Error('stopped');
        };
        const renewal = {
          ...{ passwordHash: stopped, clientSecret: stopped, recoveryCode: stopped, totpSecret: stopped },
          sealedKey: (sealed: string, issuer: string, kid: string) =>
            master.resealed(sealed, `${issuer}/${kid}`),
        };
        await expect(renewRows(database.db, renewal)).rejects.toThrow('stopped');
      });
      await expectAllGood(held);
      await withKey(to, async (instance) => {
        const context = contextOf(instance);
        expect(await useCode(2 * from)).toBe(true);
        expect(await renewStored(context)).toEqual({
          ...{ signing_keys: 0, totp_secrets: 1, passwords: 1, client_secrets: 2 },
          recovery_codes: 11 - 2 * from,
        });
        expect(await useCode(2 * from + 1)).toBe(true);
        expect(await renewStored(context)).toMatchObject({ passwords: 0, client_secrets: 0 });
        await expectAllGood(held);
        // The one that was never used, and in the second round those of the first.
        expect(await countOldRefreshTokens(context)).toBe(from === 1 ? 1 : 3);
        await retireMasterKey(context);
      });
      await rotatingAre(false);
      await expectAllGood(held);
      expect((await app.introspect(token)).active).toBe(true);
      expect((await app.refresh(unused.refresh_token)).error).toBe('invalid_grant');
      await expectUseless(from, held);
      const sealed = (await findUser(db, 'ann'))?.sealed_totp_secret ?? '';
      expect(two.instance.login.totpSecrets.open(sealed, 'ann').toString()).toBe('totp');
      expect(() => masterKey(from).open(sealed, 'totp/ann')).toThrow();
    }
    // What they have hashed could not be told from what has been hashed again.
    for (const used of [1, 2, 3])
      await withKey(3, (instance) =>
        expect(beginRotation(contextOf(instance), masterKey(used))).rejects.toThrow('in use, or was before'),
      );
    const three = await startTestServer({ ...config, master_key: textOf(3) });
    await issueToken(three, 'standard', app);
    await three.close();
  });

  /** The old key starts no server, opens nothing of the database, and makes nothing that is believed. */
  async function expectUseless(byte: number, { app, agent }: Held): Promise<void> {
    const old = masterKey(byte);
    const { db } = one.instance.database;
    await expect(withKey(byte, async () => {})).rejects.toThrow('it is not the one');
    for (const { kid, issuer, sealed_private_key } of await db
      .selectFrom('signing_keys')
      .selectAll()
      .execute())
      expect(() => old.open(sealed_private_key, `${issuer}/${kid}`)).toThrow();
    const grant = await db
      .selectFrom('grants')
      .selectAll()
      .where('generation', '>', 0)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow();
    const forged = createGrantTokens(old);
    expect((await app.refresh(forged.refreshToken('standard', grant.id, grant.generation))).error).toBe(
      'invalid_grant',
    );
    expect((await app.redeem(forged.code('standard', grant.id))).error).toBe('invalid_grant');
    const { forms } = one.instance.login;
    const old_forms = createFormTokens(old);
    expect(forms.csrfMatches(old_forms.csrf(['a']), ['a'])).toBe(false);
    expect(forms.openState(old_forms.sealState({}, 'x', Date.now() + 9999), 'x', Date.now())).toBeUndefined();
    const cookie = agent.cookies.get('tessera-session') ?? '';
    const row = db.selectFrom('sessions').select('hash').where('hash', '=', old_forms.sessionHash(cookie));
    // A session that began under the first key is known by its hash still, and by what cannot be guessed alone.
    expect(forms.sessionHashes(cookie)).toContain(
      (await row.executeTakeFirst())?.hash ?? forms.sessionHash(cookie),
    );
  }
});
