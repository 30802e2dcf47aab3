// What every database engine must do for lists that are read page by page.

import { builtInDialects } from '@tessera-oauth/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { AdminError } from '../../../packages/server/src/admin/admin-error.ts';
import { listChanges } from '../../../packages/server/src/admin/audit.ts';
import { addClientSecret, listClientSecrets } from '../../../packages/server/src/admin/client-secrets.ts';
import { listClients } from '../../../packages/server/src/admin/clients.ts';
import type { AdminContext } from '../../../packages/server/src/admin/context.ts';
import { listGrants } from '../../../packages/server/src/admin/grants.ts';
import { addIssuer, listIssuers } from '../../../packages/server/src/admin/issuers.ts';
import { listKeys, rotateKey } from '../../../packages/server/src/admin/keys.ts';
import type { ListRequest, Page } from '../../../packages/server/src/admin/page.ts';
import { addScope, listScopes } from '../../../packages/server/src/admin/scopes.ts';
import { listSessions } from '../../../packages/server/src/admin/sessions.ts';
import { listUsage } from '../../../packages/server/src/admin/usage.ts';
import { listUsers, registerUser } from '../../../packages/server/src/admin/users.ts';
import { createSession } from '../../../packages/server/src/store/tables/sessions.ts';
import { addGrant, hour, sessionOf, start } from '../../support/accounts.ts';
import { day, freshAdministration } from './administered.ts';
import type { CreateEngine } from './engines.ts';

const [standard] = builtInDialects;

export function listsAdministrationContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const at = freshAdministration(createEngine);
    const { fresh, register } = at;
    let admin: AdminContext;
    beforeEach(() => {
      admin = at.admin;
    });

    describe('a list', () => {
      /** Reads a list in pages of two, and lets `between` happen after the first. */
      async function inPages<Item>(
        read: (request: ListRequest) => Promise<Page<Item>>,
        between: () => Promise<unknown> = async () => {},
      ): Promise<Item[]> {
        const items: Item[] = [];
        let after: string | undefined;
        for (let page = 0; page < 50; page += 1) {
          const part = await read({ limit: 2, after });
          expect(part.items.length).toBeLessThanOrEqual(2);
          items.push(...part.items);
          if (part.next === null) return items;
          if (page === 0) await between();
          after = part.next;
        }
        throw new Error('the list has no end');
      }

      const five = ['a', 'b', 'c', 'd', 'e'];
      /** Each list, filled with five rows or more, and one more that is added while it is read. */
      const lists: Record<string, { fill(id: string): Promise<unknown>; read: ReadList }> = {
        issuers: {
          fill: (id) => addIssuer(admin, { name: `i-${id}`, location: `/${id}` }),
          read: (request) => listIssuers(admin, request),
        },
        scopes: {
          fill: (id) => addScope(admin, 'one', { name: id }),
          read: (request) => listScopes(admin, { issuer: 'one' }, request),
        },
        clients: { fill: (id) => register(id), read: (request) => listClients(admin, {}, request) },
        'client secrets': {
          fill: (id) => addSecret(id),
          read: (request) => listClientSecrets(admin, 'one', 'app', request),
        },
        users: {
          fill: (id) => registerUser(admin, { id, login: id, password: 'correct horse' }),
          read: (request) => listUsers(admin, {}, request),
        },
        keys: {
          fill: () =>
            rotateKey(
              admin,
              { name: 'one', signing_alg: 'ES256', access_token_lifetime: 60, dialect: standard },
              true,
            ),
          read: (request) => listKeys(admin, {}, request),
        },
        grants: {
          fill: async (id) => {
            await unlessThere(() => register('app'));
            await unlessThere(() =>
              registerUser(admin, { id: 'ann', login: 'ann', password: 'correct horse' }),
            );
            await addGrant(fresh.db, `grant-${id}`, 'ann', 'app');
          },
          read: (request) => listGrants(admin, { issuer: 'one', client_id: 'app', user_id: 'ann' }, request),
        },
        sessions: {
          fill: async (id) => {
            await unlessThere(() =>
              registerUser(admin, { id: 'ann', login: 'ann', password: 'correct horse' }),
            );
            await createSession(fresh.db, sessionOf('ann', id), start);
          },
          read: (request) => listSessions(admin, 'ann', request),
        },
        usage: {
          fill: (id) => addUsage(id),
          read: (request) => listUsage(admin, {}, request),
        },
        changes: {
          fill: (id) => addScope(admin, 'one', { name: id }),
          read: (request) => listChanges(admin, {}, request),
        },
      };
      type ReadList = (request: ListRequest) => Promise<Page<unknown>>;

      async function addSecret(id: string): Promise<void> {
        await unlessThere(() => register('app'));
        at.now += id === 'd' ? 0 : 1;
        await addClientSecret(admin, 'one', 'app', {});
      }

      async function addUsage(id: string): Promise<void> {
        const values = { issuer: 'one', client_id: id, tokens: 1 };
        const table = id < 'c' ? 'usage' : 'usage_days';
        const at = Math.floor(start / day) * day - (id === 'a' ? 0 : 30 * day);
        if (table === 'usage')
          await fresh.db
            .insertInto('usage')
            .values({ ...values, hour: at + hour })
            .execute();
        else
          await fresh.db
            .insertInto('usage_days')
            .values({ ...values, day: at })
            .execute();
      }

      async function unlessThere(work: () => Promise<unknown>): Promise<void> {
        await work().catch((error: unknown) => {
          if (!(error instanceof AdminError && error.code === 'already_exists')) throw error;
        });
      }

      test.each(Object.keys(lists))(
        'of %s: in pages it is what it is whole, also while it grows',
        async (what) => {
          const { fill, read } = lists[what] ?? fail();
          for (const id of five) await fill(id);
          const whole = (await read({ limit: 1000 })).items;
          expect(whole.length).toBeGreaterThanOrEqual(5);
          expect(await inPages(read)).toEqual(whole);
          // Neither twice nor left out, whatever is added where.
          const grown = await inPages(read, async () => {
            for (const id of ['0', 'bb', 'zz']) await fill(id);
          });
          const known = whole.map((item) => JSON.stringify(identityOf(item)));
          const seen = grown.map((item) => JSON.stringify(identityOf(item)));
          expect(seen.filter((each) => known.includes(each))).toEqual(known);
          expect(new Set(seen).size).toBe(seen.length);
        },
      );

      test.each([
        '',
        'x',
        '!',
        Buffer.from('[]').toString('base64url'),
        ...['["a",1]', '["a","\\u0000"]', '[1e300,"a"]', '["a\\u0000"]'].map((key) =>
          Buffer.from(key).toString('base64url'),
        ),
      ])('is refused a cursor that none has given: %j', async (after) => {
        for (const { fill, read } of Object.values(lists)) {
          await unlessThere(() => fill('a'));
          await refusedAt('after', () => read({ limit: 2, after }));
        }
      });

      test.each([0, -1, 1.5, 1001, Number.NaN])('is refused a limit of %j', (limit) =>
        refusedAt('limit', () => listClients(admin, {}, { limit })),
      );

      async function refusedAt(field: string, work: () => Promise<unknown>): Promise<void> {
        await expect(work()).rejects.toMatchObject({ code: 'invalid', field });
      }
    });
  });
}

/** What tells an item of a list from others, and does not change. */
const identityOf = (item: unknown): unknown => {
  const { id, issuer, name, client_id, kid, day: at } = Object(item) as Record<string, unknown>;
  return { id, issuer, name, client_id, kid, at };
};

function fail(): never {
  throw new Error('no such thing');
}
